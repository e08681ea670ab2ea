"""The fast path: what has not changed since it was last applied, told by digests alone."""

from __future__ import annotations

from collections.abc import Mapping

from drivers.base import Observation
from drivers.base.machine import same_machine
from reconciler.plan.fills import unmarked
from reconciler.plan.model import Plan, Status
from reconciler.plan.replacement import replacements
from reconciler.plan.scope import scope_of
from reconciler.plan.seeds import effective_seeds
from reconciler.plan.world import Options, World
from specs.desired import Declared, Desired, digest
from specs.identity import Address, Kind
from state.records import Record

_CHAIN = "<backingStore"
"""A disk that lies upon another image may be on a snapshot's overlay, which is told by every plan."""


def unconverged(desired: Desired, world: World, options: Options = Options()) -> frozenset[Address]:
    """The addresses that must be compared: declared ones of the scope that are not plainly converged, and
    recorded ones that are declared no more. Nothing is parsed, unless data are to be replaced."""
    settled = effective_seeds(desired, world)
    desired = settled.desired
    replaced = replacements(desired, world, settled.rebuilt)
    scope = scope_of(desired, world, options)
    declared = {
        address
        for address, resource in desired.resources.items()
        if address in scope
        and resource.host in world.inventories
        and (not is_converged(resource, world) or replaced.concern(address))
    }
    return frozenset(declared | (world.records.keys() - desired.resources.keys()))


def is_converged(declared: Declared, world: World) -> bool:
    """Whether a resource is as it was right after it was last applied, and still declared so."""
    observation, record = world.of(declared), world.records.get(declared.address)
    return (
        observation is not None
        and record is not None
        and declared.address not in world.answers.secrets_changed
        and not never_started(declared, world)
        and unmarked(declared, world)
        and (declared.source is None or _content_unchanged(declared, record, world))
        and _declared_unchanged(declared, record)
        and _observed_unchanged(observation, record)
        and same_machine(record.machine, world.inventories[declared.host].identity)
        and (observation.power is None or declared.power in (None, observation.power))
        and _starts_by_itself_as_declared(declared, observation, record)
    )


def _starts_by_itself_as_declared(declared: Declared, observation: Observation, record: Record) -> bool:
    """Also where the hypervisor knows no autostart."""
    wanted = record.autostart if declared.autostart is None else declared.autostart
    return observation.autostart in (None, wanted)


def unchanged_by_upgrades(plan: Plan, world: World) -> Mapping[Address, str]:
    """The resources that are as they were recorded, though their host has another version since, with that
    version: from now on they are what it made of them. Those that were compared are recorded anew anyhow."""
    compared = world.answers.compared or frozenset()
    versions = {host: inventory.version for host, inventory in world.inventories.items()}
    converged = (v for v in plan.verdicts if v.status is Status.CONVERGED and v.address not in compared)
    return {
        verdict.address: versions[verdict.host]
        for verdict in converged
        if verdict.host in versions
        and (record := world.records.get(verdict.address)) is not None
        and record.version != versions[verdict.host]
    }


def stamped_anew(world: World) -> Mapping[Address, str]:
    """What is as it was recorded, though its host has given it another stamp since."""
    return {
        address: seen.stamp
        for address, record in world.records.items()
        if (seen := world.observation(record.host, address.kind, record.native)) is not None
        and seen.stamp != record.stamp
        and digest(seen.document) == record.readback_digest
    }


def never_started(declared: Declared, world: World) -> bool:
    """Whether a resource that is started when it is new was defined by us and never got so far."""
    record = world.records.get(declared.address)
    return declared.start_new and record is not None and record.power is None


def _declared_unchanged(declared: Declared, record: Record) -> bool:
    return (
        record.declared_digest == declared.digest
        and record.host == declared.host
        and record.policy == declared.policy
    )


def _content_unchanged(declared: Declared, record: Record, world: World) -> bool:
    wanted = world.answers.contents.get(declared.address, record.content)
    return wanted == record.content


def _observed_unchanged(observation: Observation, record: Record) -> bool:
    return (
        observation.persistent
        and not (observation.kind is Kind.DOMAIN and _CHAIN in observation.document)
        and observation.has_value is not False
        and digest(observation.document) == record.readback_digest
        and (observation.at_work is None or digest(observation.at_work) == record.live_digest)
    )
