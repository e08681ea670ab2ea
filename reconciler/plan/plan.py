"""From what should be and what is to the plan. Pure: no files, no clock, no drivers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from reconciler.operations import Rename
from reconciler.plan.cap import within_cap
from reconciler.plan.chosen import chosen
from reconciler.plan.decided import as_decided
from reconciler.plan.draft import Draft
from reconciler.plan.drafting import declared_drafts
from reconciler.plan.formerly import renaming, with_renames
from reconciler.plan.identified import identified
from reconciler.plan.in_use import keep_what_is_used
from reconciler.plan.in_windows import in_windows
from reconciler.plan.mode import as_the_modes_say
from reconciler.plan.model import Plan, Status
from reconciler.plan.order import in_order
from reconciler.plan.readiness import with_waits
from reconciler.plan.records import as_far_as_done
from reconciler.plan.release import release
from reconciler.plan.remove import Removal, destroy, prune
from reconciler.plan.rolling import Rolling
from reconciler.plan.rollout import in_turn, still_turning
from reconciler.plan.safely import with_safety_snapshots
from reconciler.plan.seeds import effective_seeds, superseded_seeds
from reconciler.plan.seen import digest_of_seen
from reconciler.plan.select import selected
from reconciler.plan.waiting import (
    in_maintenance,
    while_jobs_run,
    with_blocked_dependents,
    with_doubtful_disks,
)
from reconciler.plan.waves import in_waves
from reconciler.plan.within import with_snapshots_told
from reconciler.plan.world import Options, World
from specs.desired import Desired
from specs.identity import Address


def make_plan(desired: Desired, world: World, options: Options) -> Plan:
    """What has to be done so that every reachable host is as declared.

    Never raises for what a host or a tree holds: what cannot be reconciled is a BLOCKED verdict.
    """
    called = renaming(desired, world)
    world = world if options.destroy or options.release else called.world
    seeds = effective_seeds(desired, world)
    desired = seeds.desired
    superseded, rolling = frozenset[Address](), Rolling()
    if options.destroy or options.release:
        removal = destroy(desired, world) if options.destroy else release(desired, world, options)
        drafts = as_the_modes_say(removal.drafts, desired, world)
    else:
        removal = prune(desired, world, options)
        drafts = with_renames(declared_drafts(seeds, world, options), desired, called)
        drafts.extend(removal.drafts)
        drafts, superseded = _with_seeds_removed(drafts, desired, world)
        drafts = in_windows(as_the_modes_say(drafts, desired, world), desired, world)
        drafts, rolling = in_turn(drafts, desired, world, options)
        drafts = [as_decided(draft, desired, world) for draft in drafts]
        drafts = with_waits(drafts, desired, world)
        drafts = [while_jobs_run(in_maintenance(draft, desired), world) for draft in drafts]
        drafts = with_doubtful_disks(drafts, desired, world)
    drafts = with_snapshots_told(keep_what_is_used(drafts, desired, world), world)
    drafts = within_cap(chosen(drafts, desired, options), desired, options, superseded)
    drafts = with_blocked_dependents(drafts, desired, world)
    drafts = with_safety_snapshots(drafts, desired, world)
    actions = in_order((action for draft in drafts for action in identified(draft, world)), desired)
    rolling = still_turning(rolling, actions)
    actions = in_waves(actions, rolling, desired.fleet.rollout)
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
            str(draft.verdict.address): digest_of_seen(draft.verdict, desired, world)
            for draft in drafts
            if draft.actions or draft.refresh
        },
        commit=options.commit,
        rolling=rolling,
    )


def _with_seeds_removed(
    drafts: list[Draft], desired: Desired, world: World
) -> tuple[list[Draft], frozenset[Address]]:
    """Superseded seeds leave whether or not pruning is asked for; which they are."""
    leaving = list(superseded_seeds(desired, world, drafts))
    addresses = frozenset(draft.verdict.address for draft in leaving)
    return [draft for draft in drafts if draft.verdict.address not in addresses] + leaving, addresses


def _forgotten(removal: Removal, drafts: Iterable[Draft], options: Options) -> tuple[Address, ...]:
    """Records to drop: of what is gone, and (once its removal is done) of what leaves."""
    ends = (Status.DELETE, Status.RELEASE)
    leaving = (draft.verdict.address for draft in drafts if draft.verdict.status in ends)
    gone = (address for address in removal.forget if selected(options.only, address))
    renamed = (
        replace(action.address, name=action.native)
        for draft in drafts
        for action in draft.actions
        if isinstance(action.operation, Rename) and not action.deferred
    )
    return (*gone, *leaving, *renamed)
