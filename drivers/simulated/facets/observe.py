"""What is on a simulated host."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from drivers.base import NOTHING_KNOWN, Belonging, Inventory, Knowledge, Observation
from drivers.simulated import volume
from drivers.simulated.domain import verbs
from drivers.simulated.gate import Gate
from drivers.simulated.rows import HostRows, StoredObject
from specs.desired import PowerState
from specs.identity import Kind
from specs.xml import parse

VERSION = "simulated host 1, after libvirt 9.0.0 and QEMU 7.2"


class SimulatedObserver:
    """drivers.base.Observer."""

    def __init__(self, gate: Gate, called: str) -> None:
        """`called` is what the fleet calls the host."""
        self._gate, self._called = gate, called

    def inventory(self, known: Knowledge = NOTHING_KNOWN) -> Inventory:
        """Everything that the file holds of the host; nothing while there is no file."""
        with self._gate.look("observe") as host:
            seen = [] if host is None else list(_everything(host))
            identity = host.identity() if host else self._gate.store.identity_to_be()
        objects = {(one.kind, one.name): one for one in seen}
        return Inventory(self._called, VERSION, objects, identity=identity)

    def one(self, kind: Kind, name: str) -> Observation | None:
        """One object; a volume while its pool is active."""
        with self._gate.look("observe_one", name) as host:
            if host is None:
                return None
            if kind is Kind.VOLUME:
                document = volume.lookup(host, name)
                return None if document is None else Observation(kind, name, document)
            entry = host.entry(kind, name)
            return None if entry is None else _observation(entry)

    def lost_with(self, domain: str) -> Mapping[Belonging, str]:
        """What would go with a domain's definition."""
        with self._gate.look("lost_with", domain) as host:
            return verbs.lost_with(host, domain) if host else {}

    def jobs(self, domain: str) -> tuple[str, ...]:
        """What is being done with a domain's disks: copies, which its live document shows."""
        with self._gate.look("jobs", domain) as host:
            entry = host.entry(Kind.DOMAIN, domain) if host else None
            return tuple(_jobs(entry.live)) if entry and entry.live else ()


def _jobs(live: str) -> Iterator[str]:
    for disk in parse(live).iterfind("devices/disk"):
        target = disk.find("target")
        if disk.find("mirror") is not None and target is not None:
            yield f"a copy of disk {target.get('dev')}"


def _everything(host: HostRows) -> Iterator[Observation]:
    for entry in host.entries():
        yield _observation(entry)
    for name, document in host.active_volumes():
        yield Observation(Kind.VOLUME, name, document)


def _observation(entry: StoredObject) -> Observation:
    return Observation(
        kind=entry.kind,
        name=entry.name,
        document=entry.document,
        live=entry.live,
        power=None if entry.power is None else PowerState(entry.power),
        autostart=None if entry.autostart is None else bool(entry.autostart),
        has_value=entry.value is not None if entry.kind is Kind.SECRET else None,
    )
