"""The drafts of all that is declared: each by itself, before they are looked at together."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from drivers.base import Inventory
from reconciler.plan.arrival import arrive
from reconciler.plan.barrier import one_by_itself
from reconciler.plan.converge import converge
from reconciler.plan.converged import is_converged
from reconciler.plan.create import create
from reconciler.plan.domain_move import DomainMove
from reconciler.plan.draft import Context, Draft, blocked, verdict
from reconciler.plan.model import Status
from reconciler.plan.move import arrivals, move_domain, moves, remove_leftovers
from reconciler.plan.order import DEPTH
from reconciler.plan.preflight import absent_bridges
from reconciler.plan.readable import left_alone
from reconciler.plan.renamed import renamed_to, told
from reconciler.plan.replacement import replacements
from reconciler.plan.scope import scope_of
from reconciler.plan.seeds import EffectiveSeeds
from reconciler.plan.stranded import stranded
from reconciler.plan.whereabouts import Whereabouts, whereabouts
from reconciler.plan.world import Options, World
from specs.desired import Declared, Desired
from specs.identity import Address, Kind

_UUID = re.compile(r"<uuid>\s*([0-9a-fA-F-]{32,36})\s*</uuid>")


def declared_drafts(seeds: EffectiveSeeds, world: World, options: Options) -> list[Draft]:
    """A draft of each declared resource in scope, in the order in which kinds depend on each other."""
    desired = seeds.desired
    replaced = replacements(desired, world, seeds.rebuilt)
    moving = moves(desired, world)
    context = Context(
        desired.fleet,
        options.commit,
        replaced,
        arrivals(desired, moving, world),
        desired.hosts,
        stranded(desired, world),
    )
    known: dict[str, Mapping[str, str]] = {}
    scope = scope_of(desired, world, options)
    chosen = (declared for address, declared in desired.resources.items() if address in scope)
    ordered = sorted(chosen, key=lambda d: DEPTH[d.address.kind])
    drafts = [
        one_by_itself(declared, world, lambda each: _draft(each, desired, world, context, known, moving))
        for declared in ordered
    ]
    staying = {
        a: f"cannot leave: {why}" for a, why in world.answers.unplaced.items() if desired.resources[a].host
    }
    notes = {**seeds.notes, **staying}
    return [_noted(draft, notes, desired, world) for draft in drafts]


def _noted(draft: Draft, notes: Mapping[Address, str], desired: Desired, world: World) -> Draft:
    verdict = draft.verdict
    told = [note] if (note := notes.get(verdict.address)) else []
    if verdict.status is Status.CREATE and verdict.address.kind is Kind.DOMAIN:
        document = desired.resources[verdict.address].document
        for bridge in absent_bridges(document, verdict.host, desired, world):
            told.append(f"{verdict.host} has no bridge '{bridge}' now; without it, it cannot start")
    return replace(draft, verdict=replace(verdict, notes=(*verdict.notes, *told))) if told else draft


def _draft(
    declared: Declared,
    desired: Desired,
    world: World,
    context: Context,
    known: dict[str, Mapping[str, str]],
    moving: Mapping[Address, DomainMove],
) -> Draft:
    if not declared.host:
        problem = world.answers.unplaced.get(declared.address, "no host was chosen for it")
        return blocked(declared, problem)
    if declared.host not in world.inventories:
        problem = world.unreachable.get(declared.host, "the host cannot be reached")
        return Draft(verdict(declared, Status.UNREACHABLE, problem=problem))
    if not _must_be_compared(declared, world, context) and not (
        declared.address.kind is Kind.DOMAIN and len(world.hosts_of(declared.native)) > 1
    ):
        power = str(declared.power or "")
        return Draft(verdict(declared, Status.CONVERGED, observed_power=power))
    why = world.unreadable(declared.host, declared.address.kind, declared.native)
    if why and declared.address.kind is not Kind.DOMAIN:
        return blocked(declared, left_alone(why))
    place = _place(declared, desired, world)
    if place.problem:
        return blocked(declared, place.problem)
    if declared.address in moving:
        draft = move_domain(moving[declared.address], place, desired, world, context)
        others = tuple(host for host in place.leftovers if host != declared.host)
        return remove_leftovers(draft, declared, others)
    draft = _here(declared, world, context, known)
    return remove_leftovers(draft, declared, place.leftovers)


def _must_be_compared(declared: Declared, world: World, context: Context) -> bool:
    """Asked once, where somebody asked already."""
    if world.answers.compared is not None:
        return declared.address in world.answers.compared
    return not is_converged(declared, world) or context.replacements.concern(declared.address)


def _place(declared: Declared, desired: Desired, world: World) -> Whereabouts:
    """Where a domain is; asked only when it is not just where it is declared."""
    alone = world.hosts_of(declared.native) == (declared.host,)
    unreadable = alone and world.unreadable(declared.host, Kind.DOMAIN, declared.native)
    if declared.address.kind is not Kind.DOMAIN or (alone and not unreadable):
        return Whereabouts(declared.host)
    return whereabouts(declared, desired, world)


def _here(declared: Declared, world: World, context: Context, known: dict[str, Mapping[str, str]]) -> Draft:
    """What is to be done about a resource on its own host."""
    observation = world.of(declared)
    if declared.address in context.arrivals:
        return arrive(declared, world, context.arrivals[declared.address])
    if observation:
        return converge(declared, observation, world, context)
    failure = world.failure(declared.host, declared.address.kind, declared.native)
    if failure and declared.address in world.records:
        return Draft(verdict(declared, Status.CONVERGED, problem=failure))
    if declared.address.kind is Kind.DOMAIN:
        where, name = renamed_to(declared, world, context.fleet)
        if name:
            return blocked(declared, told(declared, where, name))
    if declared.address in context.stranded:
        return blocked(declared, context.stranded[declared.address])
    taken = _taken(declared, world, known)
    if taken:
        return blocked(declared, taken)
    return create(declared, world, context, if_missing=bool(failure))


def _taken(declared: Declared, world: World, known: dict[str, Mapping[str, str]]) -> str:
    """Why its UUID cannot be used: another object of the host has it."""
    if declared.address.kind is Kind.VOLUME:
        return ""
    if declared.host not in known:
        known[declared.host] = _uuids(world.inventories[declared.host])
    given = _UUID.search(declared.document)
    uuid = given.group(1).lower() if given else declared.uuid.lower()
    other = known[declared.host].get(f"{declared.address.kind}/{uuid}")
    return f"its UUID {uuid} belongs to {other} on {declared.host}" if other else ""


def _uuids(inventory: Inventory) -> Mapping[str, str]:
    return {
        f"{kind}/{observation.uuid}": f"{kind}/{native}"
        for (kind, native), observation in inventory.objects.items()
        if observation.uuid
    }
