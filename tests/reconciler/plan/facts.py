"""Small worlds to plan upon: a tree of one host and what the host shows."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from drivers.base import Capabilities, Inventory, Observation
from reconciler.plan import World
from reconciler.plan.observed import Observed
from reconciler.plan.world import Answers, Recorded
from specs.desired import Declared, DeclaredHost, Desired, FleetPolicy, PowerState, digest
from specs.diagnostics import Origin
from specs.documents.marks import Mark, put_mark
from specs.identity import MANAGED_KINDS, Address, Kind, derive_uuid
from state.records import Record, RecordDocuments

HOST = "hv1"
VERSION = "libvirt 9.0.0, QEMU 7.2.22"
NOW = 1_750_000_000.0  # Sunday 15 June 2025, 15:06 UTC
CAPABILITIES = Capabilities(
    family="qemu",
    version=VERSION,
    domain_types=("kvm", "qemu"),
    os_types=("hvm",),
    arch="x86_64",
    machines={"x86_64/pc": "pc-i440fx-7.2"},
    kinds=frozenset(MANAGED_KINDS),
)


def domain_xml(
    name: str = "web", memory: int = 1048576, extra: str = "", uuid: str = "", mark: str = ""
) -> str:
    identity = f"<uuid>{uuid}</uuid>" if uuid else ""
    metadata = f"<metadata>{mark}</metadata>" if mark else ""
    return (
        f"<domain type='kvm'><name>{name}</name>{identity}{metadata}<memory unit='KiB'>{memory}</memory>"
        f"<currentMemory unit='KiB'>{memory}</currentMemory><vcpu placement='static'>1</vcpu>"
        f"<os><type arch='x86_64' machine='pc-i440fx-7.2'>hvm</type></os><devices>{extra}</devices></domain>"
    )


def declare(
    document: str | None = None, kind: Kind = Kind.DOMAIN, name: str = "web", **values: Any
) -> Declared:
    document = document or domain_xml(name)
    host = "" if kind is Kind.DOMAIN else HOST
    plain = Declared(
        address=Address(kind, name, host),
        host=HOST,
        native=name,
        document=document,
        digest=digest(document + repr(sorted(values.items(), key=lambda item: item[0]))),
        uuid=derive_uuid("default", kind, name, host),
        origin=Origin("tree.yaml", 3, 1),
    )
    return replace(plain, **values)


UUID = "0f0e0d0c-0b0a-4908-8706-050403020100"
FLEET = {"declared": True, "uuid": UUID}


def desire(*resources: Declared, **fleet: Any) -> Desired:
    return Desired(
        root="tree",
        fleet=FleetPolicy(**(FLEET | fleet)),  # type: ignore[arg-type]
        hosts={HOST: DeclaredHost(HOST, "qemu:///system", Origin("hosts.yaml"))},
        resources={resource.address: resource for resource in resources},
    )


def marked(document: str, declared: Declared, fleet: str = "default") -> str:
    """The document with a fleet's mark in it, as our own define leaves it."""
    from lxml import etree

    root = etree.fromstring(document)
    put_mark(root, Mark(fleet, declared.digest, fleet_uuid=UUID))
    return etree.tostring(root, encoding="unicode")


def observe(
    document: str,
    kind: Kind = Kind.DOMAIN,
    name: str = "web",
    power: PowerState | None = PowerState.STOPPED,
    autostart: bool | None = False,
    live: str | None = None,
    **values: Any,
) -> Observation:
    return Observation(kind, name, document, live, power, autostart, **values)


def record(declared: Declared, observation: Observation, **values: Any) -> Record:
    plain = Record(
        address=declared.address,
        host=declared.host,
        native=declared.native,
        declared_digest=declared.digest,
        readback_digest=digest(observation.document),
        version=VERSION,
        live_digest=digest(observation.live) if observation.live else "",
        autostart=observation.autostart,
        power=observation.power,
        policy=declared.policy,
    )
    return replace(plain, **values)


def world(
    *observations: Observation,
    records: dict[Record, tuple[str, str]] | None = None,
    unreachable: dict[str, str] | None = None,
    **values: Any,
) -> World:
    """`records` maps each record to its declared and read-back documents."""
    records = records or {}
    inventory = Inventory(HOST, VERSION, {(o.kind, o.name): o for o in observations})
    plain = World(
        Observed({} if unreachable else {HOST: inventory}, unreachable or {}, NOW),
        Recorded({entry.address: entry for entry in records}),
        Answers(
            capabilities={HOST: CAPABILITIES},
            documents={
                entry.address: RecordDocuments(declared, readback)
                for entry, (declared, readback) in records.items()
            },
        ),
    )
    return changed(plain, **values)


def changed(world: World, **values: object) -> World:
    """The world with other values of its parts, by their names."""

    def part(of: Any) -> Any:
        return replace(of, **{f.name: values[f.name] for f in fields(of) if f.name in values})

    parts = {name: part(getattr(world, name)) for name in ("observed", "recorded", "answers")}
    assert values.keys() <= {f.name for one in parts.values() for f in fields(one)}
    return World(**parts)
