"""Defining, starting, stopping and removing on a VirtualBox host (drivers.base.Lifecycle)."""

from __future__ import annotations

from collections.abc import Collection
from typing import NoReturn

from drivers.base.belongings import Belonging
from drivers.base.errors import NotFound, Refused, Unsupported
from drivers.native.holdings import NativeNetwork, NativePool, NativeVolume
from drivers.vbox import making, networks, pools
from drivers.vbox.documents import read_domain, read_object
from drivers.vbox.manage import VBoxManage
from drivers.vbox.observe import VBoxObserver
from drivers.vbox.power import VBoxPower
from drivers.vbox.reading import MARK
from drivers.vbox.removing import remove_machine
from drivers.vbox.volume_files import create_volume, delete_volume
from specs.desired import PowerState, StopPolicy
from specs.identity import Kind

_KEPT = (Kind.DOMAIN, Kind.NETWORK, Kind.STORAGE_POOL, Kind.VOLUME)


class VBoxLifecycle:
    """Machines, networks, folders as pools, and images as volumes."""

    def __init__(self, manage: VBoxManage, observer: VBoxObserver) -> None:
        self._manage, self._observer = manage, observer
        self._power = VBoxPower(manage)

    def define(self, kind: Kind, name: str, document: str) -> None:
        """Creates or redefines; a volume is created. A machine that runs is changed where it can be."""
        self._manage.require_writable()
        if kind is Kind.DOMAIN:
            making.define_machine(self._manage, self._observer, read_domain(document, name))
        elif kind is Kind.NETWORK:
            self._define_network(read_object(document, NativeNetwork, "network", name))
        elif kind is Kind.STORAGE_POOL:
            self._define_pool(read_object(document, NativePool, "pool", name))
        elif kind is Kind.VOLUME:
            pool, _, own = name.partition("/")
            volume = read_object(document, NativeVolume, "volume", own)
            folder = pools.active_folder(self._observer.registry(), pool)
            create_volume(self._manage, folder, volume)
        else:
            _unsupported(kind, "held")

    def undefine(
        self, kind: Kind, name: str, *, uuid: str = "", discards: Collection[Belonging] = ()
    ) -> None:
        """Removes what is inactive."""
        self._manage.require_writable()
        self._require(kind, name, uuid)
        if kind is Kind.DOMAIN:
            remove_machine(self._manage, self._observer, name, discards)
        elif kind is Kind.VOLUME:
            pool, _, own = name.partition("/")
            delete_volume(self._manage, pools.active_folder(self._observer.registry(), pool), own)
        else:
            if self._seen_power(kind, name) is PowerState.ACTIVE:
                raise Refused(f"{kind} '{name}' is active", "stop it first")
            if kind is Kind.NETWORK:
                self._manage.all(tuple(networks.removing(self._observer.registry(), name)))
            else:
                self._manage.do(*pools.forgetting(name))

    def start(self, kind: Kind, name: str, *, paused: bool = False) -> None:
        """Starts what is inactive; a machine is paused right behind its start, for VirtualBox starts none
        paused."""
        self._manage.require_writable()
        if kind is Kind.DOMAIN:
            was = self._power.is_now(name)
            self._power.start(name)
            if paused and was is PowerState.STOPPED:
                self._power.pause(name)
        elif kind is Kind.STORAGE_POOL:
            said = pools.pool(self._observer.registry(), name)
            self._manage.shell('test -d "$1" || { echo "no folder $1" >&2; exit 1; }', said.get("path", ""))
            self._manage.do(*pools.keeping(name, {**said, "active": "yes"}))
        else:
            self._switch(kind, name, on=True)

    def stop(self, kind: Kind, name: str, policy: StopPolicy, *, uuid: str = "") -> None:
        """Stops a machine by the policy, anything else at once."""
        self._manage.require_writable()
        self._require(kind, name, uuid)
        if kind is Kind.DOMAIN:
            self._power.stop(name, policy)
        elif kind is Kind.STORAGE_POOL:
            said = pools.pool(self._observer.registry(), name)
            self._manage.do(*pools.keeping(name, {**said, "active": ""}))
        else:
            self._switch(kind, name, on=False)

    def suspend(self, name: str) -> None:
        """Pauses a machine."""
        self._manage.require_writable()
        self._power.pause(name)

    def resume(self, name: str) -> None:
        """Lets a paused machine run."""
        self._manage.require_writable()
        self._power.resume(name)

    def rename(self, name: str, new_name: str, *, uuid: str = "") -> None:
        """Gives a machine that is off another name; its file and folder are renamed with it."""
        self._manage.require_writable()
        found, other = self._observer.machine(name), self._observer.machine(new_name)
        if found is None and other is not None and other[0].uuid == (uuid or other[0].uuid):
            return
        self._require(Kind.DOMAIN, name, uuid)
        if other is not None or found is None:
            raise Refused(f"'{new_name}' is another machine's name", "choose another one")
        if found[1] is not PowerState.STOPPED:
            raise Refused(f"machine '{name}' runs", "a machine is renamed while it is off")
        self._manage.do("modifyvm", found[0].uuid, "--name", new_name)

    def set_autostart(self, kind: Kind, name: str, autostart: bool) -> None:
        """Sets whether a machine starts with its host; networks and pools are then as they were, so that of
        theirs it is kept only that it was said."""
        self._manage.require_writable()
        said = {"autostart": "yes" if autostart else ""}
        if kind is Kind.STORAGE_POOL:
            self._manage.do(*pools.keeping(name, {**pools.pool(self._observer.registry(), name), **said}))
        elif kind is Kind.NETWORK:
            kept = networks.kept_of(self._observer.registry(), name)
            self._manage.do(*networks.remembering(name, {**kept, **said}))
        elif kind is Kind.DOMAIN:
            making.set_autostart(self._manage, self._observer, name, autostart)
        else:
            _unsupported(kind, "started with its host")

    def set_mark(self, kind: Kind, name: str, mark: str) -> None:
        """Puts the mark into a machine's extra data, also while it runs."""
        self._manage.require_writable()
        if kind is not Kind.DOMAIN:
            _unsupported(kind, "marked")
        self._manage.facts(name)  # extra data of what is no machine would be VirtualBox's own
        self._manage.do("setextradata", name, MARK, *([mark] if mark else []))

    def set_secret_value(self, name: str, value: bytes) -> None:
        """There are no secrets."""
        self._manage.require_writable()
        _unsupported(Kind.SECRET, "held")

    def secret_value(self, name: str) -> bytes | None:
        """There are no secrets."""
        _unsupported(Kind.SECRET, "held")

    def build_pool(self, name: str, *, overwrite: bool = False) -> None:
        """Makes the folder of an inactive pool."""
        self._manage.require_writable()
        said = pools.pool(self._observer.registry(), name)
        if said.get("active") == "yes":
            raise Refused(f"storage pool '{name}' is active", "stop it before building it")
        self._manage.shell('mkdir -p -- "$1"', said.get("path", ""))

    def refresh_pool(self, name: str) -> None:
        """Refused unless it is active; what is in it is always looked at."""
        self._manage.require_writable()
        pools.active_folder(self._observer.registry(), name)

    def _define_network(self, wanted: NativeNetwork) -> None:
        registry = self._observer.registry()
        self._require_own(Kind.NETWORK, wanted.name or "", wanted.uuid or "")
        self._manage.all(tuple(networks.defining(registry, wanted)))

    def _define_pool(self, wanted: NativePool) -> None:
        self._require_own(Kind.STORAGE_POOL, wanted.name or "", wanted.uuid or "")
        self._manage.all(tuple(pools.defining(self._observer.registry(), wanted)))

    def _require_own(self, kind: Kind, name: str, uuid: str) -> None:
        """Refused over another object: its name with another UUID or none, or another name's UUID."""
        registry = self._observer.registry()
        everything = networks.observed(registry) if kind is Kind.NETWORK else pools.observed(registry)
        for seen in everything:
            if (seen.name == name) != (seen.uuid == uuid):
                raise Refused(f"there is a {kind} '{seen.name}' of UUID {seen.uuid} already")

    def _require(self, kind: Kind, name: str, uuid: str) -> None:
        """NotFound where there is none, Refused where another object has the name."""
        if kind not in _KEPT:
            _unsupported(kind, "held")
        if kind is Kind.DOMAIN:
            own = self._manage.facts(name).get("UUID", "").lower()
        else:
            seen = self._observer.one(kind, name)
            if seen is None:
                if kind is Kind.VOLUME:
                    pools.active_folder(self._observer.registry(), name.partition("/")[0])
                raise NotFound(f"there is no {kind} '{name}' on the host")
            own = seen.uuid
        if uuid and own and own != uuid:
            raise Refused(f"'{name}' is another {kind} by now (UUID {own})", "run plan again")

    def _seen_power(self, kind: Kind, name: str) -> PowerState | None:
        seen = self._observer.one(kind, name)
        return None if seen is None else seen.power

    def _switch(self, kind: Kind, name: str, *, on: bool) -> None:
        if kind is not Kind.NETWORK:
            _unsupported(kind, "started or stopped")
        registry = self._observer.registry()
        networks.kept_of(registry, name)
        self._manage.all(tuple(networks.switching(registry, name, on)))


def _unsupported(kind: Kind, what: str) -> NoReturn:
    raise Unsupported(f"a {kind} cannot be {what} on a VirtualBox host")
