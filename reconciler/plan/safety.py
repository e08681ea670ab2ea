"""Snapshots that are taken for safety: how they are called, which of them are kept, what stands in their
way."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from drivers.base import Observation, Snapshot
from reconciler.compare.model import Cause, Difference
from reconciler.operations import DropSnapshot, TakeSnapshot
from reconciler.plan.draft import Target
from reconciler.plan.held import SnapshotsHeld
from reconciler.plan.model import Action
from reconciler.plan.world import World
from specs.desired import ON
from specs.effect import Effect

OURS = "vr-safety-"
"""What ours are called, before the moment; nobody else's are ever dropped."""

KEPT = 3
"""How many of ours are kept of a guest."""

_FRESH = 15 * 60.0
"""Seconds for which one is good for what it was taken for, and was not done: whoever was killed, or failed,
goes on without piling up another."""


def stamp(now: float) -> str:
    """A moment as part of a name."""
    return datetime.fromtimestamp(now, UTC).strftime("%Y%m%d-%H%M%S")


def take(target: Target, seen: Observation, name: str, description: str, cause: Cause) -> Action:
    """The snapshot of a guest; one that runs is paused for it."""
    cost = Effect.LIVE if seen.power in ON else Effect.NONE
    return target.act(
        TakeSnapshot(name, description, cost), (Difference("snapshot", name, None, cause),), part=name
    )


def safety(
    target: Target, seen: Observation, held: SnapshotsHeld, now: float, before: str
) -> tuple[Action, ...]:
    """The snapshot before something, and the oldest of ours going after it; a moment has one only."""
    name = f"{OURS}{stamp(now)}"
    if held.named(name):
        return ()
    taken = take(target, seen, name, f"{_BY_US} {before}", Cause.ASKED)
    return (taken, *_superseded(target, held, taken))


_BY_US = "by virt-reconcile, before"


def towards(verb: str, digest: str) -> str:
    """What one is taken before: the first step towards a declaration, which tells it from others."""
    return f"{verb} ({digest[:12]})"


def taken_already(held: SnapshotsHeld, digest: str, now: float) -> Snapshot | None:
    """The one that was taken a moment ago before the way to the same declaration, and that the guest goes on
    from: what it was taken for was not done, or not all of it."""
    for each in held.all:
        ours = each.current and each.name.startswith(OURS) and each.description.startswith(_BY_US)
        if ours and each.description.endswith(towards("", digest)) and 0 <= now - each.created < _FRESH:
            return each
    return None


def snapshots_at(host: str, native: str, world: World) -> tuple[str, ...]:
    """The names of a domain's snapshots, as far as somebody asked for them."""
    held = world.answers.snapshots.get((host, native))
    return tuple(each.name for each in held.all) if held else ()


def not_ours_of(names: tuple[str, ...]) -> tuple[str, ...]:
    """Those that somebody else took."""
    return tuple(name for name in names if not name.startswith(OURS))


def dropped(target: Target, names: tuple[str, ...]) -> tuple[Action, ...]:
    """Ours, before a guest moves: they would hold it where it is."""
    return tuple(
        target.act(DropSnapshot(name), (Difference("snapshot", None, name, Cause.ASKED),), part=name)
        for name in names
        if name.startswith(OURS)
    )


def _superseded(target: Target, held: SnapshotsHeld, taken: Action) -> Iterator[Action]:
    ours = sorted(
        (each for each in held.all if each.name.startswith(OURS)), key=lambda each: (each.created, each.name)
    )
    for each in ours[: max(0, len(ours) + 1 - KEPT)]:
        reason = Difference("snapshot", None, each.name, Cause.ASKED)
        yield target.act(DropSnapshot(each.name), (reason,), after=(taken,), part=each.name)
