"""What a host of the fleet means of a vCenter or an ESX: where its machines are, and how they are found."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

from drivers.base.errors import NotFound, Refused
from drivers.vsphere import query
from drivers.vsphere.estate import ESTATE, Estate, datacenter_of, estate_of
from drivers.vsphere.query import FoundObject
from drivers.vsphere.reading import PROPERTIES, Hardware, hardware
from drivers.vsphere.session import Ref, VsphereSession
from drivers.vsphere.tasks import finish
from drivers.vsphere.uri import VsphereSettings
from drivers.vsphere.verbs import Verbs, ref_of
from drivers.vsphere.words import plain_name
from specs.desired import PowerState

STAMPS = (
    "name",
    "config.changeVersion",
    "config.modified",
    "config.template",
    "runtime.powerState",
    "runtime.host",
)
"""What is asked of every machine at every look."""

_POWER = {
    "poweredOn": PowerState.RUNNING,
    "poweredOff": PowerState.STOPPED,
    "suspended": PowerState.PAUSED,
}


@dataclass(frozen=True, slots=True)
class VirtualMachine:
    """A machine that is there: what it is, how it stands, and as what vSphere knows it."""

    ref: Ref
    name: str
    power: PowerState
    stamp: str
    hardware: Hardware
    host: Ref

    @property
    def uuid(self) -> str:
        """Its instance UUID."""
        return self.hardware.machine.uuid or ""


@dataclass(slots=True)
class VsphereSite:
    """A scope of a server, behind a session that all its facets share."""

    settings: VsphereSettings
    session: VsphereSession
    readonly: bool = False
    _datacenter: Ref | None = None
    _estate: Estate | None = None
    _refs: dict[str, Ref] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def verbs(self) -> Verbs:
        """The calls that change something."""
        return Verbs(self.session)

    def writable(self, doing: str) -> Verbs:
        """The calls that change something. Raises Refused over a connection that is read-only."""
        if self.readonly:
            raise Refused(f"the connection to {self.settings.uri} is read-only: it cannot {doing}")
        return self.verbs

    @property
    def datacenter(self) -> Ref:
        """The datacenter that the URI means; found once."""
        with self._lock:
            if self._datacenter is None:
                self._datacenter = datacenter_of(self.session, self.settings)
            return self._datacenter

    def look(self) -> tuple[Estate, list[FoundObject]]:
        """Everything, for one request: the estate, and the stamps of the machines that belong to it."""
        wanted = {**ESTATE, "VirtualMachine": STAMPS}
        found = list(query.below(self.session, self.datacenter, wanted))
        estate = estate_of(self.datacenter, found, self.settings)
        machines = [
            each
            for each in found
            if each.ref[0] == "VirtualMachine"
            and each.text("config.template") == "false"
            and estate.holds(each.ref_at("runtime.host"))
        ]
        with self._lock:
            self._estate = estate
            self._refs = {plain_name(each.text("name")): each.ref for each in machines}
        return estate, machines

    def estate(self, *, anew: bool = False) -> Estate:
        """What there is beside machines, as it was seen last, or anew."""
        with self._lock:
            known = self._estate
        return self.look()[0] if anew or known is None else known

    def described(self, refs: list[Ref], estate: Estate) -> Iterator[VirtualMachine]:
        """Machines in full."""
        wanted = {"VirtualMachine": (*PROPERTIES, "runtime.powerState", "runtime.host")}
        for start in range(0, len(refs), 200):
            for found in query.these(self.session, refs[start : start + 200], wanted):
                if found.text("config.instanceUuid"):
                    yield self._guest(found, estate)

    def guest(self, name: str) -> VirtualMachine:
        """A machine of that name. Raises NotFound."""
        found = self.find(name)
        if found is None:
            raise NotFound(f"no machine '{name}' in {self.settings.uri}")
        return found

    def find(self, name: str) -> VirtualMachine | None:
        """A machine of that name, where it was seen last or anywhere; None when there is none."""
        with self._lock:
            known, estate = self._refs.get(name), self._estate
        if known is not None and estate is not None:
            for guest in self.described([known], estate):
                if guest.name == name and estate.holds(guest.host):
                    return guest
        estate, machines = self.look()
        refs = [each.ref for each in machines if plain_name(each.text("name")) == name]
        if len(refs) > 1:
            raise Refused(
                f"{len(refs)} machines are called '{name}', in several folders", "rename all but one"
            )
        return next(self.described(refs, estate), None)

    def stamp(self, found: FoundObject, estate: Estate) -> str:
        """Changes whenever the document does: both of vSphere's words for it, for some servers change only
        one, and the names that are not the machine's own."""
        modified = found.text("config.modified")
        return " ".join(
            ("1", found.text("config.changeVersion"), modified, estate.digest, found.text("name"))
        )

    def run(self, task: object, doing: str) -> Ref:
        """Waits for a task; the object that it made, if it made one."""
        result = finish(self.session, ref_of(task), doing)
        return next(iter(query.refs_in(result)), ("", ""))

    def _guest(self, found: FoundObject, estate: Estate) -> VirtualMachine:
        return VirtualMachine(
            found.ref,
            plain_name(found.text("name")),
            power_of(found),
            self.stamp(found, estate),
            hardware(found, estate.names_of_keys),
            found.ref_at("runtime.host"),
        )


def power_of(found: FoundObject) -> PowerState:
    """How a machine stands. A suspended one is paused: its guest goes on where it was when it is resumed."""
    return _POWER.get(found.text("runtime.powerState"), PowerState.STOPPED)
