"""What runs of a declared resource: changed while it runs, by a restart, or at its next start."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from drivers.base import Observation, SectionCommand
from reconciler.compare import compare_live
from reconciler.compare.live import held_back, spared, with_untold
from reconciler.compare.model import Cause, Difference, Effect, LiveChange
from reconciler.operations import Adopt, Attach, Detach, Start, UpdateNetwork
from reconciler.plan.draft import Target
from reconciler.plan.model import Action, Hold
from reconciler.plan.power import restart_action
from reconciler.plan.world import World
from specs.desired import OFF, ON, Declared


def what_runs(
    declared: Declared,
    observation: Observation,
    world: World,
    persistent: str,
    differences: tuple[Difference, ...],
    before: tuple[Action, ...],
    forbidden: Hold | None,
) -> tuple[list[Action], tuple[Difference, ...]]:
    """What is changed while it runs, or by a restart unless that is forbidden; and what waits for its next
    start."""
    if observation.saved is not None:
        return [], _once_resumed(declared, observation.saved, world, persistent, differences)
    if not observation.live or observation.power not in ON or declared.power in OFF:
        return [], ()
    dialect = world.dialect(declared.host)
    live = compare_live(observation.kind, persistent, observation.live, dialect, declared.document)
    live = held_back(live, differences, observation.kind, dialect)
    live = with_untold(live, differences, observation.kind, dialect)
    if forbidden:
        live = spared(live)
    pending = tuple(_recause(d, differences, Cause.EDITED) for d in live.pending)
    # A guest that is adopted as it is defined stays as it runs too.
    adopting = any(isinstance(action.operation, Adopt) for action in before)
    actions: list[Action] = []
    if not adopting and (not pending or forbidden):
        actions.extend(_live_actions(Target.of(declared), live.changes, differences, before))
    if pending:
        actions.append(restart_action(declared, pending, (*before, *actions), forbidden))
    return actions, pending


def _once_resumed(
    declared: Declared,
    saved: str,
    world: World,
    persistent: str,
    differences: tuple[Difference, ...],
) -> tuple[Difference, ...]:
    """What a guest will lack when it goes on as it was saved: all of it waits for the start after that."""
    if not saved:
        return tuple(replace(d, effect=Effect.NEXT_BOOT) for d in differences if d.effect is not Effect.NONE)
    dialect = world.dialect(declared.host)
    found = compare_live(declared.address.kind, persistent, saved, dialect, declared.document)
    lacking = (*found.pending, *(change.difference for change in found.changes))
    return tuple(_recause(replace(d, effect=Effect.NEXT_BOOT), differences, Cause.EDITED) for d in lacking)


def live_is_known(observation: Observation, actions: Iterable[Action]) -> bool:
    """Whether nothing will be left between the definition and what runs afterwards: it was compared, or it is
    started by us. What somebody else starts meanwhile, or what goes on as it was saved, is looked at by the
    next plan."""
    actions = tuple(actions)
    if any(action.deferred for action in actions):
        return False
    if observation.saved is not None:
        return not any(isinstance(action.operation, Start) for action in actions)
    return observation.live is not None or any(isinstance(action.operation, Start) for action in actions)


def _live_actions(
    target: Target,
    changes: tuple[LiveChange, ...],
    known: tuple[Difference, ...],
    defined: tuple[Action, ...],
) -> list[Action]:
    """Each plugging waits for those whose turn is before its own."""
    actions: list[tuple[int, Action]] = []
    for change in sorted(changes, key=_turn):
        turn = _turn(change)
        before = tuple(action for earlier, action in actions if 0 < earlier < turn)
        action = target.act(
            change.operation,
            (_recause(change.difference, known, Cause.DRIFTED),),
            after=(*defined, *before),
            part=change.difference.path,
        )
        while any(each.id == action.id for _, each in actions):
            # An entry that cannot be modified goes, and comes as it should be.
            action = replace(action, id=f"{action.id} anew")
        actions.append((turn, action))
    return [action for _, action in actions]


def _turn(change: LiveChange) -> int:
    """Unplugging comes before plugging in, for both may be about one slot or address; a controller is there
    before the devices that it is for, else libvirt adds one of its own choice with the first of them. What is
    no plugging waits for none. Of a network's entries what goes makes room for what comes, and only one
    group of ports may be the default."""
    match change.operation:
        case Detach() | UpdateNetwork(command=SectionCommand.DELETE):
            return 1
        case Attach():
            return 2 if change.difference.path.startswith("devices/controller") else 3
        case UpdateNetwork(command=SectionCommand.MODIFY):
            return 3 if 'default="yes"' in change.operation.document else 2
        case UpdateNetwork():
            return 3
    return 0


def _recause(difference: Difference, known: Iterable[Difference], otherwise: Cause) -> Difference:
    """A live difference has the cause of the persistent one that it follows from."""
    for other in known:
        if difference.path.startswith(other.path) or other.path.startswith(difference.path):
            return replace(difference, cause=other.cause)
    return replace(difference, cause=otherwise)
