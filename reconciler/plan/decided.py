"""Guests that people decided to be stopped or restarted, beside the files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from reconciler.compare.model import Cause, Difference
from reconciler.operations import Restart
from reconciler.plan.draft import Draft, Target
from reconciler.plan.mode import told_decision
from reconciler.plan.model import Outcome, Result, Status
from reconciler.plan.subject import means
from reconciler.plan.world import World
from specs.desired import ON, Declared, Desired, PowerState
from specs.identity import Kind
from state.decisions import Decision, Verb

_TRIED = frozenset({Result.DONE, Result.UNCHANGED, Result.FAILED})


def with_decisions(desired: Desired, world: World) -> Desired:
    """The tree with those guests stopped that somebody decided to keep so; digests stay, for no file says
    it."""
    stopped = _in_force(world, Verb.STOP)
    if not stopped:
        return desired
    resources = {
        address: _stopped(declared, stopped) if address.kind is Kind.DOMAIN else declared
        for address, declared in desired.resources.items()
    }
    return replace(desired, resources=resources)


def as_decided(draft: Draft, desired: Desired, world: World) -> Draft:
    """A guest that is kept stopped says by whom; one that is to be restarted is, in its window or not."""
    declared = desired.resources.get(draft.verdict.address)
    if declared is None or declared.address.kind is not Kind.DOMAIN:
        return draft
    if declared.asked:
        draft = replace(draft, verdict=replace(draft.verdict, notes=(*draft.verdict.notes, declared.asked)))
    restarts = [each for each in _in_force(world, Verb.RESTART) if _is_about(each, declared)]
    return _restarted(draft, declared, restarts[-1], world) if restarts else draft


def restarts_tried(decisions: Iterable[Decision], outcomes: Iterable[Outcome]) -> Iterator[Decision]:
    """The wishes for a restart that are over: somebody wanted one, and it was tried."""
    tried = {
        str(outcome.action.address)
        for outcome in outcomes
        if isinstance(outcome.action.operation, Restart) and outcome.result in _TRIED
    }
    yield from (each for each in decisions if each.verb is Verb.RESTART and each.subject in tried)


def _in_force(world: World, verb: Verb) -> list[Decision]:
    return [each for each in world.recorded.decisions if each.verb is verb and each.holds(world.now)]


def _is_about(decision: Decision, declared: Declared) -> bool:
    return means(decision.subject, declared.address, (declared.host,), declared.labels)


def _stopped(declared: Declared, decisions: list[Decision]) -> Declared:
    decision = next((each for each in decisions if _is_about(each, declared)), None)
    if decision is None or declared.power not in ON:
        return declared
    return replace(declared, power=PowerState.STOPPED, asked=f"kept stopped {told_decision(decision)}")


def _restarted(draft: Draft, declared: Declared, decision: Decision, world: World) -> Draft:
    """Held back by its own policy or a window only, a restart that the plan has is done now; one that it has
    not is added, after all else of the guest."""
    seen = world.of(declared)
    left_alone = draft.verdict.status in (Status.BLOCKED, Status.SUSPENDED, Status.UNREACHABLE)
    if left_alone or seen is None or seen.power not in ON or declared.power not in ON:
        return draft
    note = f"restarted, as decided {told_decision(decision)}"
    verdict = replace(draft.verdict, status=Status.CHANGE, notes=(*draft.verdict.notes, note))
    planned = [action for action in draft.actions if isinstance(action.operation, Restart)]
    if planned:
        actions = tuple(
            replace(action, deferred="", until=None) if action in planned else action
            for action in draft.actions
        )
        return replace(draft, verdict=verdict, actions=actions)
    reason = Difference("power", "restarted", str(seen.power), Cause.ASKED)
    operation = Restart(declared.policy.stop, declared.power is PowerState.PAUSED)
    restart = Target.of(declared).act(operation, (reason,), after=draft.actions)
    return replace(draft, verdict=verdict, actions=(*draft.actions, restart))
