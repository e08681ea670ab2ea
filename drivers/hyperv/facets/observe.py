"""What is on a Hyper-V host, in one script. Hyper-V has no word that changes with a machine's settings, so
that there are no stamps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from drivers.base import EVERYTHING, NOTHING_KNOWN, Belonging, Inventory, Knowledge, Observation
from drivers.base.errors import NotFound, Refused
from drivers.base.machine import machine_identity
from drivers.hyperv import machines
from drivers.hyperv.link import Link
from drivers.hyperv.reading import read_host_machine, read_image, read_pool, read_switch
from drivers.hyperv.site import look, the_machine
from drivers.hyperv.told import HostTold, WholeMachine
from drivers.native import holding_document, machine_document
from specs.identity import Kind


class HyperVObserver:
    """drivers.base.Observer."""

    def __init__(self, link: Link, called: str) -> None:
        """`called` is what the fleet calls the host."""
        self._link, self._called = link, called
        self._itself: tuple[str, str] | None = None

    def inventory(self, known: Knowledge = NOTHING_KNOWN) -> Inventory:
        """Everything on the host."""
        seen = look(self._link, machines=True, switches=True, images=True)
        version, identity = self._host()
        failures = dict(_failures(seen))
        objects = {(each.kind, each.name): each for each in _observations(seen, failures)}
        return Inventory(self._called, version, objects, failures, identity)

    def one(self, kind: Kind, name: str) -> Observation | None:
        """One object read again."""
        if kind is Kind.DOMAIN:
            seen = look(self._link, machine=name, pools=True)
            try:
                return _machine(the_machine(seen, name), seen.folders)
            except NotFound:
                return None
        switches, images = kind is Kind.NETWORK, kind is Kind.VOLUME
        seen = look(self._link, switches=switches, pools=not switches, images=images)
        return next((each for each in _holdings(seen) if (each.kind, each.name) == (kind, name)), None)

    def lost_with(self, domain: str) -> Mapping[Belonging, str]:
        """What would go with a machine."""
        seen = look(self._link, machine=domain)
        found = [each for each in seen.machines if each.itself.name == domain]
        return machines.lost_with(found[0]) if found else {}

    def jobs(self, domain: str) -> tuple[str, ...]:
        """Nothing that this driver would know of."""
        look(self._link, machine=domain)
        return ()

    def _host(self) -> tuple[str, str]:
        """The version and the identity, which stay as long as the connection."""
        if self._itself is None:
            told = self._link.read("host", {})
            version = f"{told['caption']} {told['version']}"
            self._itself = version, machine_identity("hyperv", str(told["uuid"]).lower())
        return self._itself


def _observations(seen: HostTold, failures: dict[tuple[Kind, str], str]) -> Iterator[Observation]:
    """All that can be told; what cannot is put among the failures."""
    for each in seen.machines:
        key = Kind.DOMAIN, each.itself.name
        if key in failures:
            continue
        try:
            yield _machine(each, seen.folders)
        except Refused as error:
            failures[key] = error.message
    yield from _holdings(seen)


def _machine(told: WholeMachine, folders: Mapping[str, str]) -> Observation:
    return Observation(
        Kind.DOMAIN,
        told.itself.name,
        machine_document(read_host_machine(told, folders)),
        power=machines.power_of(told),
        autostart=told.itself.start == "Start",
        saved="" if machines.is_saved(told) else None,
    )


def _holdings(seen: HostTold) -> Iterator[Observation]:
    """Switches and pools are in use as long as they are there: they have no power state."""
    for switch in seen.switches:
        yield Observation(Kind.NETWORK, switch.name, holding_document(read_switch(switch)))
    for pool in seen.pools:
        yield Observation(Kind.STORAGE_POOL, pool.name, holding_document(read_pool(pool)))
        for image in pool.images:
            document = holding_document(read_image(image, pool.paths[0]))
            yield Observation(Kind.VOLUME, f"{pool.name}/{image.name}", document)


def _failures(seen: HostTold) -> Mapping[tuple[Kind, str], str]:
    found = {(Kind.DOMAIN, name): message for name, message in seen.failures.items()}
    names = Counter(each.itself.name for each in seen.machines)
    for name, count in names.items():
        if count > 1:
            found[Kind.DOMAIN, name] = f"there are {count} machines of that name: rename all but one"
    for pool in seen.pools:
        if not pool.there:
            why = (
                f"its folder is not there: {pool.paths[0]}"
                if len(pool.paths) == 1
                else "it has several folders"
            )
            found[Kind.VOLUME, f"{pool.name}/{EVERYTHING}"] = why
        for name, message in pool.failures.items():
            found[Kind.VOLUME, f"{pool.name}/{name}"] = message
    return found
