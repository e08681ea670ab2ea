"""What the planner has to know besides what is and what was done, as data: each is asked once.

The questions come in an order, for which are asked depends on the answers to those before: how much room
hosts have, which values are to be set and filled in, what stands in the way of moves, what is compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.plan.converged import unconverged
from reconciler.plan.move import moves
from reconciler.plan.scope import Scope
from reconciler.plan.world import Options, World
from specs.desired import Declared, Desired
from specs.identity import Address


@dataclass(frozen=True, slots=True)
class Questions:
    """`capabilities` of these hosts; the documents of these records, which are `compared`; whether the
    values of these `secrets` changed; the identities of the `contents` of these volumes; whether the CPUs of
    running domains are to be had on these hosts (`cpus` maps the two to the live document); with `begun`,
    what was acted upon by a process that was killed."""

    capabilities: frozenset[str] = frozenset()
    compared: frozenset[Address] | None = None
    secrets: tuple[Declared, ...] = ()
    contents: tuple[Declared, ...] = ()
    cpus: Mapping[tuple[Address, str], str] = field(default_factory=dict)
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
    return Questions(cpus=cpus, begun=bool(moving))


def _is_about(declared: Declared, scope: Scope) -> bool:
    return any(address in scope for address in (declared.address, *declared.requires))


def about_differences(desired: Desired, world: World, options: Options) -> Questions:
    """What the comparison of all that is not plainly converged needs."""
    addresses = unconverged(desired, world, options)
    return Questions(
        capabilities=frozenset(_host_of(address, desired, world) for address in addresses)
        & world.inventories.keys() - world.answers.capabilities.keys(),
        compared=addresses,
    )


def _host_of(address: Address, desired: Desired, world: World) -> str:
    """A seed that a guest keeps is neither declared nor, after a lost state, recorded."""
    known = desired.resources.get(address) or world.records.get(address)
    return known.host if known else address.host
