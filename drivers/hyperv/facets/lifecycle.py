"""From definition to removal, on a Hyper-V host."""

from __future__ import annotations

from collections.abc import Collection

from drivers.base import Belonging
from drivers.base.errors import DriverError, Unsupported
from drivers.hyperv import holdings, machines
from drivers.hyperv.link import Link
from drivers.hyperv.site import disk_path, folder_of, look, the_pool, the_switch
from specs.desired import StopPolicy
from specs.identity import Kind


class HyperVLifecycle:
    """drivers.base.Lifecycle. Switches and pools are in use as long as they are there."""

    def __init__(self, link: Link) -> None:
        """Over a link that may be shared."""
        self._link = link

    def define(self, kind: Kind, name: str, document: str) -> None:
        """Makes an object, or makes another one of it."""
        self._link.writable(f"define {kind} '{name}'")
        if kind is Kind.DOMAIN:
            machines.define(self._link, name, document)
        elif kind is Kind.NETWORK:
            holdings.define_switch(self._link, name, document)
        elif kind is Kind.STORAGE_POOL:
            holdings.define_pool(self._link, name, document)
        elif kind is Kind.VOLUME:
            holdings.create_disk(self._link, name, document)
        else:
            raise _none(kind)

    def undefine(
        self, kind: Kind, name: str, *, uuid: str = "", discards: Collection[Belonging] = ()
    ) -> None:
        """Removes a definition; of a volume, its data."""
        self._link.writable(f"remove {kind} '{name}'")
        if kind is Kind.DOMAIN:
            machines.undefine(self._link, name, uuid, discards)
        elif kind is Kind.NETWORK:
            holdings.undefine_switch(self._link, name)
        elif kind is Kind.STORAGE_POOL:
            holdings.undefine_pool(self._link, name)
        elif kind is Kind.VOLUME:
            holdings.delete_disk(self._link, name)
        else:
            raise _none(kind)

    def start(self, kind: Kind, name: str, *, paused: bool = False) -> None:
        """Starts a machine; of a pool, its folder has to be there."""
        self._link.writable(f"start {kind} '{name}'")
        if kind is Kind.DOMAIN:
            machines.start(self._link, name, paused=paused)
        else:
            self._in_use(kind, name)

    def stop(self, kind: Kind, name: str, policy: StopPolicy, *, uuid: str = "") -> None:
        """Shuts a guest down."""
        self._link.writable(f"stop {kind} '{name}'")
        if kind is not Kind.DOMAIN:
            raise self._cannot(kind, name, "is in use as long as it is there")
        machines.stop(self._link, name, policy, uuid)

    def suspend(self, name: str) -> None:
        """Pauses a machine."""
        self._link.writable(f"pause '{name}'")
        machines.suspend(self._link, name)

    def resume(self, name: str) -> None:
        """Lets a paused machine go on."""
        self._link.writable(f"resume '{name}'")
        machines.resume(self._link, name)

    def rename(self, name: str, new_name: str, *, uuid: str = "") -> None:
        """Gives a machine that is off another name."""
        self._link.writable(f"rename '{name}'")
        machines.rename(self._link, name, new_name, uuid)

    def set_autostart(self, kind: Kind, name: str, autostart: bool) -> None:
        """Whether a machine starts with its host; switches and pools always do."""
        self._link.writable(f"set whether {kind} '{name}' starts by itself")
        if kind is Kind.DOMAIN:
            machines.set_autostart(self._link, name, autostart)
        elif not autostart:
            raise self._cannot(kind, name, "is there with its host, always")
        else:
            self._in_use(kind, name)

    def set_mark(self, kind: Kind, name: str, mark: str) -> None:
        """Puts our mark into the notes of a machine or switch."""
        self._link.writable(f"mark {kind} '{name}'")
        if kind is Kind.DOMAIN:
            machines.set_mark(self._link, name, mark)
        elif kind is Kind.NETWORK:
            holdings.mark_switch(self._link, name, mark)
        else:
            raise self._cannot(kind, name, "has no notes")

    def set_secret_value(self, name: str, value: bytes) -> None:
        """Hyper-V keeps no secrets for us."""
        self._link.writable(f"give the secret '{name}' a value")
        raise _none(Kind.SECRET)

    def secret_value(self, name: str) -> bytes | None:
        """Hyper-V keeps no secrets for us."""
        raise _none(Kind.SECRET)

    def build_pool(self, name: str, *, overwrite: bool = False) -> None:
        """Makes a pool's folder; nothing in one is ever overwritten."""
        self._link.writable(f"build the pool '{name}'")
        holdings.build_pool(self._link, name)

    def refresh_pool(self, name: str) -> None:
        """A pool's folder is looked at each time."""
        self._link.writable(f"refresh the pool '{name}'")
        folder_of(the_pool(look(self._link, pools=True), name))

    def _in_use(self, kind: Kind, name: str) -> None:
        """Nothing, if it is there."""
        if kind is Kind.NETWORK:
            the_switch(look(self._link, switches=True), name)
        elif kind is Kind.STORAGE_POOL:
            folder_of(the_pool(look(self._link, pools=True), name))
        elif kind is Kind.VOLUME:
            disk_path(look(self._link, images=True), name)
            raise Unsupported("a volume is not started")
        else:
            raise _none(kind)

    def _cannot(self, kind: Kind, name: str, why: str) -> DriverError:
        """Unsupported, if it is there."""
        try:
            self._in_use(kind, name)
        except Unsupported as error:
            return error
        return Unsupported(f"{kind} '{name}' {why}")


def _none(kind: Kind) -> Unsupported:
    return Unsupported(f"Hyper-V has no {kind}")
