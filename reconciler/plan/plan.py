"""From what should be and what is to the plan. Pure: no files, no clock, no drivers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from drivers.base import Inventory
from reconciler.plan.arrival import arrive
from reconciler.plan.barrier import one_by_itself
from reconciler.plan.cap import within_cap
from reconciler.plan.converge import converge
from reconciler.plan.converged import is_converged
from reconciler.plan.create import create
from reconciler.plan.draft import Context, Draft, blocked, verdict
from reconciler.plan.fills import standing
from reconciler.plan.identified import identified
from reconciler.plan.in_use import keep_what_is_used
from reconciler.plan.model import Plan, Status, Verdict
from reconciler.plan.move import Move, arrivals, move_domain, moves, remove_leftovers
from reconciler.plan.order import DEPTH, in_order
from reconciler.plan.readable import left_alone
from reconciler.plan.readiness import starts_or_waits, with_waits
from reconciler.plan.records import as_far_as_done
from reconciler.plan.remove import Removal, destroy, prune
from reconciler.plan.renamed import renamed_to, told
from reconciler.plan.replacement import replacements
from reconciler.plan.scope import scope_of
from reconciler.plan.seeds import Settled, settle_seeds, superseded_seeds
from reconciler.plan.select import selected
from reconciler.plan.whereabouts import Whereabouts, whereabouts
from reconciler.plan.world import Options, World
from specs.desired import Declared, Desired, digest
from specs.identity import Address, Kind

_UUID = re.compile(r"<uuid>\s*([0-9a-fA-F-]{32,36})\s*</uuid>")


def make_plan(desired: Desired, world: World, options: Options) -> Plan:
    """What has to be done so that every reachable host is as declared.

    Never raises for what a host or a tree holds: what cannot be reconciled is a BLOCKED verdict.
    """
    settled = settle_seeds(desired, world)
    desired = settled.desired
    superseded: frozenset[Address] = frozenset()
    if options.destroy:
        removal = destroy(desired, world)
        drafts = list(removal.drafts)
    else:
        removal = prune(desired, world, options)
        drafts = _declared_drafts(settled, world, options)
        drafts.extend(removal.drafts)
        drafts, superseded = _with_seeds_removed(drafts, desired, world)
        drafts = with_waits(drafts, desired, world)
        drafts = [_in_maintenance(draft, desired) for draft in drafts]
        drafts = _with_doubtful_disks(drafts, desired, world)
    drafts = keep_what_is_used(drafts, desired, world)
    drafts = within_cap(_chosen(drafts, desired, options), desired, options, superseded)
    drafts = _with_blocked_dependents(drafts, desired, world)
    actions = in_order((action for draft in drafts for action in identified(draft, world)), desired)
    return Plan(
        fleet=desired.fleet.name,
        root=desired.root,
        created=world.now,
        hosts={name: host.uri for name, host in desired.hosts.items()},
        verdicts=tuple(draft.verdict for draft in drafts),
        actions=actions,
        refreshes=as_far_as_done((draft.refresh for draft in drafts if draft.refresh), actions),
        forget=_forgotten(removal, drafts, options),
        unreachable=world.unreachable,
        warnings=removal.warnings,
        seen={
            str(draft.verdict.address): _seen(draft.verdict, desired, world)
            for draft in drafts
            if draft.actions or draft.refresh
        },
        commit=options.commit,
    )


def _declared_drafts(settled: Settled, world: World, options: Options) -> list[Draft]:
    desired = settled.desired
    replaced = replacements(desired, world, settled.rebuilt)
    moving = moves(desired, world)
    context = Context(
        desired.fleet, options.commit, replaced, arrivals(desired, moving, world), desired.hosts
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
    notes = {**settled.notes, **staying}
    return [_noted(draft, notes) for draft in drafts] if notes else drafts


def _noted(draft: Draft, notes: Mapping[Address, str]) -> Draft:
    note = notes.get(draft.verdict.address)
    return replace(draft, verdict=replace(draft.verdict, notes=(note,))) if note else draft


def _with_seeds_removed(
    drafts: list[Draft], desired: Desired, world: World
) -> tuple[list[Draft], frozenset[Address]]:
    """Superseded seeds leave whether or not pruning is asked for; which they are."""
    leaving = list(superseded_seeds(desired, world, drafts))
    addresses = frozenset(draft.verdict.address for draft in leaving)
    return [draft for draft in drafts if draft.verdict.address not in addresses] + leaving, addresses


def _in_maintenance(draft: Draft, desired: Desired) -> Draft:
    """Nothing is started on a host in maintenance."""
    host = desired.hosts.get(draft.verdict.host)
    if host is None or not host.maintenance or draft.verdict.address.kind is not Kind.DOMAIN:
        return draft
    why = f"{host.name} is in maintenance: nothing is started there"
    declared = desired.resources.get(draft.verdict.address)
    if declared and declared.placement is None and draft.verdict.observed_power not in ("", "stopped"):
        note = f"{host.name} is in maintenance, and no placement says where else this may run"
        draft = replace(draft, verdict=replace(draft.verdict, notes=(*draft.verdict.notes, note)))
    actions = tuple(
        replace(action, deferred=action.deferred or why) if starts_or_waits(action) else action
        for action in draft.actions
    )
    return replace(draft, actions=actions)


def _with_doubtful_disks(drafts: list[Draft], desired: Desired, world: World) -> list[Draft]:
    """No guest starts from a disk that may be half-filled and that is not filled anew now."""
    doubtful = {
        draft.verdict.address
        for draft in drafts
        if draft.verdict.status is Status.BLOCKED
        and draft.verdict.address.kind is Kind.VOLUME
        and draft.verdict.address in desired.resources
        and standing(desired.resources[draft.verdict.address], world).half_filled
    }
    return [_not_started_from(doubtful, draft, desired) for draft in drafts] if doubtful else drafts


def _not_started_from(doubtful: set[Address], draft: Draft, desired: Desired) -> Draft:
    declared = desired.resources.get(draft.verdict.address)
    disk = next((need for need in declared.requires if need in doubtful), None) if declared else None
    if disk is None:
        return draft
    why = f"{disk} may be half-filled"
    return replace(
        draft,
        actions=tuple(
            replace(action, deferred=action.deferred or why) if starts_or_waits(action) else action
            for action in draft.actions
        ),
    )


def _draft(
    declared: Declared,
    desired: Desired,
    world: World,
    context: Context,
    known: dict[str, Mapping[str, str]],
    moving: Mapping[Address, Move],
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


def _chosen(drafts: Iterable[Draft], desired: Desired, options: Options) -> list[Draft]:
    """What `--only` selects, with whatever of its requirements does not exist yet."""
    if not options.only:
        return list(drafts)
    drafts = list(drafts)
    creating = {d.verdict.address for d in drafts if d.verdict.status is Status.CREATE}
    wanted = {
        draft.verdict.address
        for draft in drafts
        if selected(options.only, draft.verdict.address, _labels(desired, draft.verdict.address))
    }
    reach = list(wanted)
    while reach:
        declared = desired.resources.get(reach.pop())
        for address in declared.requires if declared else ():
            if address in creating and address not in wanted:
                wanted.add(address)
                reach.append(address)
    return [draft for draft in drafts if draft.verdict.address in wanted]


def _labels(desired: Desired, address: Address) -> tuple[tuple[str, str], ...]:
    declared = desired.resources.get(address)
    return declared.labels if declared else ()


def _with_blocked_dependents(drafts: list[Draft], desired: Desired, world: World) -> list[Draft]:
    """What does not exist and needs something that neither exists nor can be made is blocked too."""
    missing: dict[Address, str] = {}
    result: list[Draft] = []
    for draft in drafts:
        address, status = draft.verdict.address, draft.verdict.status
        declared = desired.resources.get(address)
        if declared and status is Status.CREATE:
            lacking = next((need for need in declared.requires if need in missing), None)
            if lacking:
                problem = f"needs {lacking}, which is blocked: {missing[lacking]}"
                draft = blocked(declared, problem)
                status = Status.BLOCKED
        if declared and status is Status.BLOCKED and world.of(declared) is None:
            missing[address] = draft.verdict.problem
        result.append(draft)
    return result


def _forgotten(removal: Removal, drafts: Iterable[Draft], options: Options) -> tuple[Address, ...]:
    """Records to drop: of what is gone, and (once its removal is done) of what leaves."""
    leaving = (draft.verdict.address for draft in drafts if draft.verdict.status is Status.DELETE)
    gone = (address for address in removal.forget if selected(options.only, address))
    return (*gone, *leaving)


def _seen(result: Verdict, desired: Desired, world: World) -> str:
    """The digest of all that a draft was made from: what was declared and what was observed."""
    declared = desired.resources.get(result.address)
    record = world.records.get(result.address)
    native = declared.native if declared else record.native if record else result.address.name
    observation = world.observation(result.host, result.address.kind, native)
    if observation is None:
        return digest(declared.digest if declared else "")
    parts: Iterator[object] = iter(
        (
            declared.digest if declared else "",
            observation.document,
            observation.live or "",
            observation.power,
            observation.autostart,
            world.answers.contents.get(result.address, ""),
        )
    )
    return digest("\0".join(map(str, parts)))
