"""What the planner has to know besides what is and what was done, as data: each is asked once.

The questions come in an order, for which are asked depends on the answers to those before: how much room
hosts have, which values are to be set and filled in, what stands in the way of moves, what is compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from drivers.base import MachineType
from reconciler.plan.converged import unconverged
from reconciler.plan.formerly import formerly_called
from reconciler.plan.move import moves
from reconciler.plan.preflight import machine_type
from reconciler.plan.remove import destroy, prune
from reconciler.plan.safely import wants_one
from reconciler.plan.scope import Scope
from reconciler.plan.select import selected
from reconciler.plan.within import beside_removed, held_in_volumes
from reconciler.plan.world import Options, World
from specs.desired import ON, Declared, Desired
from specs.documents.marks import NAMESPACE
from specs.identity import Address, Kind


@dataclass(frozen=True, slots=True)
class Questions:
    """`capabilities` of these hosts; the documents of these records, which are `compared`; whether the
    values of these `secrets` changed; the identities of the `contents` of these volumes; whether the CPUs of
    running domains are to be had on these hosts (`cpus` maps the two to the live document); what these hosts
    can give domains of these types (`offers`); what would go with these domains, by host and name, when they
    are undefined (`leaving`), what is being done with the disks of these (`working`), and which `snapshots`
    these have; with `begun`, what was acted upon by a killed process."""

    capabilities: frozenset[str] = frozenset()
    compared: frozenset[Address] | None = None
    secrets: tuple[Declared, ...] = ()
    contents: tuple[Declared, ...] = ()
    cpus: Mapping[tuple[Address, str], str] = field(default_factory=dict)
    offers: frozenset[tuple[str, MachineType]] = frozenset()
    leaving: frozenset[tuple[str, str]] = frozenset()
    working: frozenset[tuple[str, str]] = frozenset()
    snapshots: frozenset[tuple[str, str]] = frozenset()
    begun: bool = False


def about_values(desired: Desired, world: World, scope: Scope) -> Questions:
    """The secrets that are declared, and what volumes that exist are to be filled with."""
    declared = [resource for address, resource in desired.resources.items() if address in scope]
    return Questions(
        secrets=tuple(each for each in declared if each.secret),
        contents=tuple(each for each in declared if each.source and world.of(each)),
    )


def about_moves(desired: Desired, world: World, scope: Scope) -> Questions:
    """What may stand in the way of domains that are to be on other hosts."""
    moving = moves(desired, world)
    cpus = {
        (address, move.declared.host): move.observation.live
        for address, move in moving.items()
        if move.live and move.observation.live and _is_about(move.declared, scope)
    }
    offers = frozenset(
        (move.declared.host, machine_type(move.observation.live or move.observation.document))
        for move in moving.values()
        if _is_about(move.declared, scope)
    )
    held = frozenset(
        (move.origin, move.declared.native) for move in moving.values() if _is_about(move.declared, scope)
    )
    return Questions(cpus=cpus, offers=offers, snapshots=held, begun=bool(moving))


def _is_about(declared: Declared, scope: Scope) -> bool:
    return any(address in scope for address in (declared.address, *declared.requires))


def about_owners(world: World) -> Questions:
    """What hosts are whose domains of ours show no mark: of most hypervisors somebody took it away, others
    never keep one, and then the record says whose a domain is."""
    unmarked = (
        record.host
        for address, record in world.records.items()
        if address.kind is Kind.DOMAIN
        and (seen := world.observation(record.host, Kind.DOMAIN, address.name)) is not None
        and NAMESPACE not in seen.document
    )
    return Questions(capabilities=frozenset(unmarked) - world.answers.capabilities.keys())


def about_removals(desired: Desired, world: World, options: Options) -> Questions:
    """What goes with the domains that are to be undefined."""
    if options.release:
        return Questions()
    removal = destroy(desired, world) if options.destroy else prune(desired, world, options)
    leaving = [
        action
        for draft in removal.drafts
        for action in draft.actions
        if selected(options.only, action.address)
    ]
    return Questions(
        leaving=frozenset((each.host, each.native) for each in leaving if each.address.kind is Kind.DOMAIN),
        snapshots=frozenset(beside_removed(leaving, world)),
    )


def about_differences(desired: Desired, world: World, options: Options) -> Questions:
    """What the comparison of all that is not plainly converged needs."""
    addresses = unconverged(desired, world, options)
    return Questions(
        capabilities=frozenset(_host_of(address, desired, world) for address in addresses)
        & world.inventories.keys() - world.answers.capabilities.keys(),
        offers=frozenset(_machine_types(addresses, desired, world)) - world.answers.offers.keys(),
        working=frozenset(_running(addresses, desired, world)),
        snapshots=frozenset(
            (
                *_secured(addresses, desired, world),
                *held_in_volumes(addresses, desired, world),
                *formerly_called(addresses, desired, world),
            )
        ),
        compared=addresses,
    )


def _running(addresses: Iterable[Address], desired: Desired, world: World) -> Iterator[tuple[str, str]]:
    """The domains among these that run, which may be changed."""
    for address in addresses:
        declared = desired.resources.get(address)
        seen = world.of(declared) if declared and address.kind is Kind.DOMAIN else None
        if declared and seen and seen.power in ON:
            yield declared.host, declared.native


def _secured(addresses: Iterable[Address], desired: Desired, world: World) -> Iterator[tuple[str, str]]:
    """The domains among these of which a snapshot may be taken first."""
    for address in addresses:
        declared = desired.resources.get(address)
        if declared and wants_one(declared) and world.of(declared):
            yield declared.host, declared.native


def _machine_types(
    addresses: Iterable[Address], desired: Desired, world: World
) -> Iterator[tuple[str, MachineType]]:
    """What the domains among these are declared to be run as, and where."""
    for address in addresses:
        declared = desired.resources.get(address)
        if address.kind is Kind.DOMAIN and declared and declared.host in world.inventories:
            yield declared.host, machine_type(declared.document)


def _host_of(address: Address, desired: Desired, world: World) -> str:
    """A seed that a guest keeps is neither declared nor, after a lost state, recorded."""
    known = desired.resources.get(address) or world.records.get(address)
    return known.host if known else address.host
