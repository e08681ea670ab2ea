"""What is declared beside the document: a secret's value, whether it starts with its host."""

from __future__ import annotations

from drivers.base import Observation
from reconciler.compare.model import Cause, Difference
from reconciler.operations import SetAutostart, SetValue
from reconciler.plan.draft import Target
from reconciler.plan.model import Action
from reconciler.plan.world import World
from specs.desired import Declared


def value_actions(
    declared: Declared, observation: Observation, world: World, defined: tuple[Action, ...]
) -> tuple[Action, ...]:
    """A secret's value; neither side of the difference ever shows it."""
    changed = declared.address in world.answers.secrets_changed
    if not declared.secret or not (changed or observation.has_value is False):
        return ()
    cause = Cause.EDITED if changed else Cause.DRIFTED
    shown = Difference("value", "(as its source gives it)", "(another or none)", cause)
    return (Target.of(declared).act(SetValue(), (shown,), after=defined),)


def autostart_actions(
    declared: Declared,
    observation: Observation,
    world: World,
    unrecorded: Cause,
    defined: tuple[Action, ...],
) -> tuple[Action, ...]:
    """Where the files leave autostart alone, it stays as it was when we last looked."""
    record = world.records.get(declared.address)
    wanted = declared.autostart
    if wanted is None and record:
        wanted = record.autostart
    if wanted is None or observation.autostart is None or wanted == observation.autostart:
        return ()
    cause = cause_of(world, declared, observation.autostart, "autostart", unrecorded)
    reason = Difference("autostart", _word(wanted), _word(observation.autostart), cause)
    return (Target.of(declared).act(SetAutostart(wanted), (reason,), after=defined),)


def _word(value: bool) -> str:
    return "true" if value else "false"


def cause_of(world: World, declared: Declared, observed: object, field: str, unrecorded: Cause) -> Cause:
    """Why a goal outside the document is missed: what is observed stands since we last looked, or an
    earlier apply did not get so far → the files changed; else the host did, unless a person wanted it so."""
    if field == "power" and declared.asked:
        return Cause.ASKED
    record = world.records.get(declared.address)
    if record is None:
        return unrecorded
    return Cause.EDITED if getattr(record, field) in (None, observed) else Cause.DRIFTED
