"""safetySnapshot: a snapshot before what may cost a guest something, or else that is not done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from reconciler.compare.model import Cause
from reconciler.operations import Define, Detach, DropSnapshot, Migrate, Rename, Stop
from reconciler.plan import safety
from reconciler.plan.draft import Draft, Target
from reconciler.plan.held import UNKNOWN
from reconciler.plan.holding import held_back, with_what_belongs
from reconciler.plan.model import Action, Hold, Status
from reconciler.plan.world import World
from specs.desired import Declared, Desired, SafetyPolicy
from specs.effect import Effect
from specs.identity import Address, Kind

_DISRUPTIVE = frozenset({Effect.RESTART, Effect.REPLACE, Effect.DESTROYS_DATA})
_DISKS = "devices/disk"
_MADE_ANEW = frozenset({Effect.REPLACE, Effect.DESTROYS_DATA})


def wants_one(declared: Declared | None) -> bool:
    """Whether a guest's policy wants a snapshot before what is disruptive."""
    return (
        declared is not None
        and declared.address.kind is Kind.DOMAIN
        and declared.policy.safety is not SafetyPolicy.NEVER
    )


def with_safety_snapshots(drafts: list[Draft], desired: Desired, world: World) -> list[Draft]:
    """The drafts with snapshots before what is disruptive. Where none can be taken, that waits, with all that
    belongs to it, unless the policy says that it is taken only if possible."""
    if not any(map(wants_one, desired.resources.values())):
        return drafts
    of = {draft.verdict.address: draft for draft in drafts}
    obstacles = {
        draft.verdict.address: _obstacle(draft, of, desired, world)
        for draft in drafts
        if wants_one(desired.resources.get(draft.verdict.address)) and _is_disruptive(draft, of, desired)
    }
    held = [_held(draft, obstacles, desired) for draft in drafts]
    held = with_what_belongs(drafts, held, desired, world)
    return [
        _preceded(draft, desired, world) if obstacles.get(draft.verdict.address) == "" else draft
        for draft in held
    ]


def _todo(draft: Draft) -> Iterator[Action]:
    yield from (action for action in draft.actions if action.operation.visible and not action.deferred)


def _is_disruptive(draft: Draft, of: Mapping[Address, Draft], desired: Desired) -> bool:
    """What is only stopped loses nothing, what a person asked for at this moment is theirs to secure, and
    what goes or comes has nothing to keep."""
    if draft.verdict.status is not Status.CHANGE:
        return False
    return any(map(_costs, _todo(draft))) or bool(_made_anew(draft, of, desired))


def _costs(action: Action) -> bool:
    reasons = action.reasons
    if reasons and all(reason.cause is Cause.ASKED for reason in reasons):
        return False
    if isinstance(action.operation, Stop) and all(reason.path == "power" for reason in reasons):
        return False
    about_disks = any(reason.path.startswith(_DISKS) for reason in reasons)
    changes_disks = isinstance(action.operation, Define | Detach) and about_disks
    return action.effect in _DISRUPTIVE or changes_disks


def _made_anew(draft: Draft, of: Mapping[Address, Draft], desired: Desired) -> list[Address]:
    """The guest's volumes whose content goes."""
    return [
        need
        for need in desired.resources[draft.verdict.address].requires
        if need.kind is Kind.VOLUME
        and need in of
        and any(action.effect in _MADE_ANEW for action in _todo(of[need]))
    ]


def _obstacle(draft: Draft, of: Mapping[Address, Draft], desired: Desired, world: World) -> str:
    """Why no snapshot can be taken that would be of use; '' when one can."""
    declared = desired.resources[draft.verdict.address]
    made_anew = _made_anew(draft, of, desired)
    if made_anew:
        return f"{', '.join(map(str, made_anew))} is filled anew, and a snapshot within it would go with it"
    if any(isinstance(action.operation, Migrate) for action in _todo(draft)):
        return "it moves, and no guest moves with snapshots"
    if any(isinstance(action.operation, Rename) for action in _todo(draft)):
        return "it is renamed first, and no guest is renamed with snapshots (the next apply takes one)"
    if world.of(declared) is None:
        return "it is not where it is declared"
    return world.answers.snapshots.get((declared.host, declared.native), UNKNOWN).obstacle


def _held(draft: Draft, obstacles: Mapping[Address, str], desired: Desired) -> Draft:
    why = obstacles.get(draft.verdict.address)
    if not why:
        return draft
    if desired.resources[draft.verdict.address].policy.safety is SafetyPolicy.IF_POSSIBLE:
        note = f"no safety snapshot is taken before it: {why}"
        return replace(draft, verdict=replace(draft.verdict, notes=(*draft.verdict.notes, note)))
    hold = Hold(
        f"safetySnapshot: true, and no snapshot can be taken: {why}; safetySnapshot: if-possible goes on"
        " without"
    )
    return held_back(draft, lambda action: hold if _may_wait(action) else None)


def _may_wait(action: Action) -> bool:
    return action.operation.visible and not isinstance(action.operation, Rename | DropSnapshot)


def _preceded(draft: Draft, desired: Desired, world: World) -> Draft:
    todo = list(_todo(draft))
    declared = desired.resources[draft.verdict.address]
    seen = world.of(declared)
    if not todo or seen is None:
        return draft
    held = world.answers.snapshots[declared.host, declared.native]
    if known := safety.taken_already(held, declared.digest, world.now):
        note = f"the safety snapshot {known.name} was taken for it already, and is not taken again"
        return replace(draft, verdict=replace(draft.verdict, notes=(*draft.verdict.notes, note)))
    goal = safety.towards(todo[0].verb, declared.digest)
    before = safety.safety(Target.of(declared), seen, held, world.now, goal)
    first = tuple(action.id for action in before)
    actions = tuple(
        action if action.deferred else replace(action, after=(*action.after, *first))
        for action in draft.actions
    )
    return replace(draft, actions=(*before, *actions))
