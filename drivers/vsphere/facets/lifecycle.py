"""Defining, starting, stopping and removing on vSphere."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from drivers.base import Belonging
from drivers.base.errors import NotFound, Refused, Unsupported
from drivers.base.fitting import refuse_misfits
from drivers.vsphere import machines, networks, power, storage
from drivers.vsphere.site import VsphereSite
from specs.desired import StopPolicy
from specs.identity import Kind
from specs.matrix.vsphere import VSPHERE
from specs.xml import NotXml


class VsphereLifecycle:
    """drivers.base.Lifecycle."""

    def __init__(self, site: VsphereSite) -> None:
        """Within the scope of a site."""
        self._site = site

    def define(self, kind: Kind, name: str, document: str) -> None:
        """Creates, or changes in place."""
        self._site.writable(f"define {kind} '{name}'")
        _check(kind, name, document, self._site.settings.uri)
        if kind is Kind.DOMAIN:
            machines.define(self._site, name, document)
        elif kind is Kind.NETWORK:
            networks.define_network(self._site, name, document)
        elif kind is Kind.STORAGE_POOL:
            networks.define_pool(self._site, name, document)
        elif kind is Kind.VOLUME:
            storage.create(self._site, name, document)
        else:
            raise _none(kind)

    def undefine(
        self, kind: Kind, name: str, *, uuid: str = "", discards: Collection[Belonging] = ()
    ) -> None:
        """Removes a definition; of a volume, its data."""
        self._site.writable(f"remove {kind} '{name}'")
        if kind is Kind.DOMAIN:
            machines.undefine(self._site, name, uuid, discards)
        elif kind is Kind.NETWORK:
            networks.undefine_network(self._site, name)
        elif kind is Kind.STORAGE_POOL:
            networks.undefine_pool(self._site, name)
        elif kind is Kind.VOLUME:
            storage.delete(self._site, name)
        else:
            raise _none(kind)

    def start(self, kind: Kind, name: str, *, paused: bool = False) -> None:
        """Powers a machine on. Port groups and datastores are on as long as they are there."""
        self._site.writable(f"start {kind} '{name}'")
        if kind is Kind.DOMAIN:
            power.start(self._site, name, paused=paused)
        else:
            self._always_on(kind, name)

    def stop(self, kind: Kind, name: str, policy: StopPolicy, *, uuid: str = "") -> None:
        """Shuts a guest down."""
        self._site.writable(f"stop {kind} '{name}'")
        if kind is not Kind.DOMAIN:
            self._always_on(kind, name)
            raise Unsupported(f"a {kind} of vSphere is on as long as it is there")
        power.stop(self._site, name, policy, uuid)

    def suspend(self, name: str) -> None:
        """Suspends a machine."""
        power.suspend(self._site, name)

    def resume(self, name: str) -> None:
        """Lets a suspended machine go on."""
        power.resume(self._site, name)

    def rename(self, name: str, new_name: str, *, uuid: str = "") -> None:
        """Gives a machine that is off another name."""
        machines.rename(self._site, name, new_name, uuid)

    def set_autostart(self, kind: Kind, name: str, autostart: bool) -> None:
        """A port group and a datastore are there with their hosts; of machines it is not for us to say."""
        self._site.writable(f"set whether {kind} '{name}' starts by itself")
        if kind is not Kind.DOMAIN:
            self._always_on(kind, name)
            if autostart:
                return
        else:
            self._site.guest(name)
        raise Unsupported(f"a {kind} of vSphere has no autostart of its own")

    def set_mark(self, kind: Kind, name: str, mark: str) -> None:
        """Puts our mark below the user's words in a machine's annotation."""
        self._site.writable(f"mark {kind} '{name}'")
        if kind is not Kind.DOMAIN:
            raise Unsupported(f"a {kind} of vSphere has no metadata")
        guest = self._site.guest(name)
        if guest.hardware.machine.mark != mark:
            machines.change(self._site, guest, replace(guest.hardware.machine, mark=mark))

    def set_secret_value(self, name: str, value: bytes) -> None:
        """vSphere keeps no secrets for us."""
        self._site.writable(f"give the secret '{name}' a value")
        raise _none(Kind.SECRET)

    def secret_value(self, name: str) -> bytes | None:
        """vSphere keeps no secrets for us."""
        raise _none(Kind.SECRET)

    def build_pool(self, name: str, *, overwrite: bool = False) -> None:
        """A datastore is built when it is made."""
        self._site.writable(f"build the pool '{name}'")
        self._always_on(Kind.STORAGE_POOL, name)

    def refresh_pool(self, name: str) -> None:
        """Lets the host look at a datastore again."""
        verbs = self._site.writable(f"refresh the pool '{name}'")
        verbs.at(self._site.estate(anew=True).store(name).ref).RefreshDatastore()

    def _always_on(self, kind: Kind, name: str) -> None:
        """What is there runs. Raises NotFound where it is not, Unsupported where its kind never starts."""
        estate = self._site.estate(anew=True)
        if kind is Kind.NETWORK and name not in estate.port_groups:
            raise NotFound(f"no network '{name}'")
        if kind is Kind.STORAGE_POOL:
            if not estate.store(name).accessible:
                raise Refused(f"the datastore '{name}' is not accessible")
        elif kind is not Kind.NETWORK:
            raise Unsupported(f"a {kind} cannot be started")


def _check(kind: Kind, name: str, document: str, uri: str) -> None:
    """Raises Refused for what vSphere cannot have, in the words in which it is said offline."""
    if kind not in VSPHERE.kinds:
        return
    try:
        refuse_misfits(VSPHERE, kind, document, uri)
    except NotXml as error:
        raise Refused(f"the document of {kind} '{name}' is no XML: {error}") from error


def _none(kind: Kind) -> Unsupported:
    return Unsupported(f"vSphere has no {kind}")
