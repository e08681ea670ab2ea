"""A declared resource that exists: from what it is to what it should be."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from drivers.base import Observation
from drivers.dialects import Dialect
from reconciler.compare import compare
from reconciler.compare.model import Base, Cause, Comparison, Difference, Effect
from reconciler.plan.base import base_of
from reconciler.plan.converged import never_started
from reconciler.plan.defining import Definer, Defining
from reconciler.plan.draft import Context, Draft, Target, blocked, refresh, verdict
from reconciler.plan.goals import autostart_actions, cause_of, value_actions
from reconciler.plan.images import Overlay, on_overlays, overlays_of, strayed
from reconciler.plan.model import Action, Hold, Status
from reconciler.plan.ownership import not_ours, own_mark
from reconciler.plan.policy import restart_held
from reconciler.plan.power import power_actions, stop_for_removal
from reconciler.plan.preflight import misfits_among
from reconciler.plan.running import live_is_known, what_runs
from reconciler.plan.seating import with_its_targets
from reconciler.plan.volume import converge_volume
from reconciler.plan.world import World
from specs.desired import OFF, ON, Declared, PowerState
from specs.documents.marks import Mark
from specs.documents.tree import plain
from specs.identity import Kind

_SAVED = (
    "its memory was saved (virsh managedsave): started, it goes on as it was then, and a changed definition"
    " waits for its next start after that; the saved image is kept"
)


def converge(declared: Declared, observation: Observation, world: World, context: Context) -> Draft:
    """The differences of one existing resource, and the actions that remove them."""
    mark = own_mark(observation)
    problem = not_ours(declared, observation, mark, world, context.fleet)
    if problem:
        return blocked(declared, problem)
    declared = with_its_targets(declared, observation, world)
    cause = _cause_without_record(declared, mark, context)
    if observation.kind is Kind.VOLUME:
        return converge_volume(
            declared, observation.document, world, cause, context.replacements, context.hosts
        )
    if declared.address in context.replacements.stopped and observation.power in ON:
        return _stopped_meanwhile(declared, observation, world, context)
    return _step_by_step(declared, observation, world, context, mark)


def _step_by_step(
    declared: Declared, observation: Observation, world: World, context: Context, mark: Mark | None
) -> Draft:
    """Its definition first, then what runs, its value, its power and whether it starts with its host."""
    cause = _cause_without_record(declared, mark, context)
    overlays = overlays_of(declared, observation, world) if observation.kind is Kind.DOMAIN else ()
    base = base_of(declared, observation, mark, world)
    wanted = on_overlays(declared, overlays, observation)
    comparison = _compare(wanted, observation, world, cause, base)
    differences = _differences(comparison, observation)
    if observation.kind is Kind.DOMAIN and differences:
        problems = misfits_among(differences, declared.document, declared.host, world)
        told = strayed(declared, observation, differences, world) or "; ".join(problems)
        if told:
            return blocked(
                declared, told, differences=differences, observed_power=str(observation.power or "")
            )
    resting = tuple(d for d in differences if d.effect is Effect.RESTART)
    if resting and declared.power in OFF:
        return _stopped_meanwhile(declared, observation, world, context, resting)
    dialect = world.dialect(declared.host)
    forbidden = restart_held(declared, context.rules, world.now, one_document=dialect.effects.one_document)
    definer = Definer(declared, observation, world, context, mark)
    defining = definer.define(
        differences,
        forbidden,
        comparison.merged,
        lambda: _compare(wanted, observation, world, cause, base, _needs_no_stop).merged,
    )
    actions, pending = _steps(declared, observation, world, cause, differences, defining, forbidden)
    return Draft(
        verdict(
            declared,
            _status(actions),
            differences=_told(differences, pending, actions),
            pending=(*pending, *defining.left),
            rewritten=comparison.rewritten,
            observed_power=str(observation.power or ""),
            notes=_notes(differences, observation, overlays, dialect),
        ),
        actions,
        None if defining.left else refresh(declared, live_ok=live_is_known(observation, actions)),
    )


def _steps(
    declared: Declared,
    observation: Observation,
    world: World,
    cause: Cause,
    differences: tuple[Difference, ...],
    defining: Defining,
    forbidden: Hold | None,
) -> tuple[tuple[Action, ...], tuple[Difference, ...]]:
    """The actions from its definition on, and what waits for its next start."""
    actions = list(defining.actions)
    power_cause = cause_of(world, declared, observation.power, "power", cause)
    goal = replace(declared, power=PowerState.ACTIVE) if never_started(declared, world) else declared
    # What is changed live may need the guest's help: it comes when the guest runs, and before it pauses.
    resuming = observation.power is PowerState.PAUSED and goal.power is PowerState.RUNNING
    if resuming:
        actions.extend(power_actions(goal, observation.power, power_cause, defining.actions))
    live, pending = what_runs(
        declared, observation, world, defining.document, differences, tuple(actions), forbidden
    )
    actions.extend(live)
    actions.extend(value_actions(declared, observation, world, defining.actions))
    if not resuming:
        actions.extend(power_actions(goal, observation.power, power_cause, tuple(actions)))
    # A pool that is built first cannot be autostarted before; whatever else is, by its definition alone.
    settled = tuple(actions) if observation.kind is Kind.STORAGE_POOL else defining.actions
    actions.extend(autostart_actions(declared, observation, world, cause, settled))
    return tuple(actions), pending


def _notes(
    differences: Iterable[Difference],
    observation: Observation,
    overlays: tuple[Overlay, ...],
    dialect: Dialect,
) -> tuple[str, ...]:
    """What a person should know besides the differences: what they mean, what it is on, how it goes on."""
    saved = () if observation.saved is None else (_SAVED,)
    return (*_meanings(differences, observation.kind, dialect), *map(str, overlays), *saved)


def _differences(comparison: Comparison, observation: Observation) -> tuple[Difference, ...]:
    """Those of the document, and that it has none to stay with."""
    differences = tuple(_as_felt(difference, observation) for difference in comparison.differences)
    if not observation.persistent:
        differences += (Difference("persistent", "yes", "no", Cause.DRIFTED),)
    return differences


def _meanings(differences: Iterable[Difference], kind: Kind, dialect: Dialect) -> tuple[str, ...]:
    """What a person should know of the differences besides their values."""
    told = (dialect.effects.meaning(kind, plain(difference.path)) for difference in differences)
    return tuple(dict.fromkeys(filter(None, told)))


def _told(
    differences: tuple[Difference, ...], pending: tuple[Difference, ...], actions: Iterable[Action]
) -> tuple[Difference, ...]:
    """What a person is told: the differences, and reasons of actions that are none of these."""
    waiting = {difference.path for difference in pending}
    shown = tuple(replace(d, effect=Effect.NEXT_BOOT) if d.path in waiting else d for d in differences)
    outside = tuple(
        reason
        for action in actions
        for reason in action.reasons
        if not any(_same_place(reason.path, told.path) for told in (*differences, *pending))
    )
    return (*shown, *outside)


def _stopped_meanwhile(
    declared: Declared,
    observation: Observation,
    world: World,
    context: Context,
    reasons: tuple[Difference, ...] = (),
) -> Draft:
    """A guest that stops while a volume of its is filled anew, or before it is defined anew, and goes on as
    if it had been stopped."""
    power = str(observation.power)
    reasons = reasons or (Difference("power", power, power, Cause.EDITED, Effect.RESTART),)
    stop = stop_for_removal(Target.of(declared), declared.policy, reasons, observation.power)
    asleep = replace(observation, power=PowerState.STOPPED, live=None)
    draft = converge(declared, asleep, world, context)
    actions = tuple(
        replace(action, after=(*action.after, *(each.id for each in stop))) for action in draft.actions
    )
    return replace(draft, verdict=replace(draft.verdict, status=Status.CHANGE), actions=(*stop, *actions))


def _compare(
    declared: Declared,
    observation: Observation,
    world: World,
    cause: Cause,
    base: Base | None,
    heals: Callable[[Effect], bool] = lambda _: True,
) -> Comparison:
    """A transient object has no persistent document: what was last read back of it stands in, or else
    the document that it runs with."""
    if base is not None and world.base(declared.address) is None:
        return Comparison((), (), observation.document)  # its mark says it all, as a record's digests do
    lost = base is not None and not observation.persistent
    return compare(
        observation.kind,
        declared.document,
        base.readback if base and lost else observation.document,
        base,
        world.dialect(declared.host),
        unrecorded=cause,
        heals=heals,
    )


def _needs_no_stop(effect: Effect) -> bool:
    return effect is not Effect.RESTART


def _cause_without_record(declared: Declared, mark: Mark | None, context: Context) -> Cause:
    """The mark remembers which declaration was applied, even when the state is lost."""
    if mark is None:
        return Cause.ADOPTED
    return Cause.DRIFTED if mark.digest == declared.digest else Cause.EDITED


def _same_place(path: str, told: str) -> bool:
    """Whether a place was told already; a new NIC has no label before it has its MAC address."""
    return path == told or path.startswith((f"{told}[", f"{told}/"))


def _as_felt(difference: Difference, observation: Observation) -> Difference:
    """On an inactive object every change of its definition is free; one that was saved goes on without it."""
    if observation.power in ON:
        return difference
    waits = observation.saved is not None and difference.effect is not Effect.NONE
    return replace(difference, effect=Effect.NEXT_BOOT if waits else Effect.NONE)


def _status(actions: Iterable[Action]) -> Status:
    todo = [action for action in actions if not action.deferred]
    if any(action.operation.visible for action in todo):
        return Status.CHANGE
    return Status.ADOPT if todo else Status.CONVERGED
