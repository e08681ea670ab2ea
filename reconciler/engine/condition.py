"""How a resource stands, in one word: what a person would want to know first. Views and standings say the
same."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from reconciler.compare.model import Cause, Difference
from reconciler.operations import Restart
from reconciler.plan.model import Action, Outcome, Result, Status, Verdict
from specs.modes import Mode
from state.standings import Condition

_AS_FOUND = {
    Status.BLOCKED: Condition.BLOCKED,
    Status.UNREACHABLE: Condition.UNREACHABLE,
    Status.KEPT: Condition.KEPT,
    Status.SUSPENDED: Condition.SUSPENDED,
}
"""What the plan leaves as it is."""

_DONE = frozenset({Result.DONE, Result.UNCHANGED})
_FIRST = (Cause.DRIFTED, Cause.EDITED, Cause.NEW, Cause.PRUNED, Cause.ASKED, Cause.ADOPTED)
"""Which of several causes is told."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a round found of one resource, and what became of it: the plan's verdict, its actions, and their
    outcomes as far as there are any. `fights` says that its actions are held back because it was healed
    again and again."""

    verdict: Verdict
    actions: tuple[Action, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    fights: bool = False

    @property
    def left(self) -> tuple[Action, ...]:
        """The actions that are still to be done."""
        done = {outcome.action.id for outcome in self.outcomes if outcome.result in _DONE}
        return tuple(action for action in self.actions if action.id not in done)

    @property
    def held(self) -> tuple[Action, ...]:
        """Those of them that wait."""
        return tuple(action for action in self.left if action.deferred)

    @property
    def failure(self) -> Outcome | None:
        """What failed first."""
        return next((each for each in self.outcomes if each.result is Result.FAILED), None)

    @property
    def skipped(self) -> Outcome | None:
        """What was not begun, because something else failed or stopped it."""
        return next((each for each in self.outcomes if each.result is Result.SKIPPED), None)

    @property
    def healed(self) -> tuple[Difference, ...]:
        """What had drifted and was set right by the actions that were done."""
        if not self.outcomes or self.left:
            return ()
        return tuple(each for each in self.verdict.differences if each.cause is Cause.DRIFTED)

    @property
    def only_restarts(self) -> bool:
        """Whether nothing is left but what the guest's next start brings, whenever that is."""
        return all(isinstance(a.operation, Restart) and a.until is None for a in self.left)


def condition_of(found: Found, before: Condition | None = None) -> Condition:
    """The one word. `before` is how it stood before: what failed has not recovered by not being tried."""
    verdict = found.verdict
    if found.failure or (found.skipped and before is Condition.FAILED):
        return Condition.FAILED
    if verdict.status in _AS_FOUND:
        return _AS_FOUND[verdict.status]
    if found.fights and found.held:
        return Condition.FIGHTING
    if verdict.pending and not restarted(found) and found.only_restarts:
        return Condition.PENDING
    if not found.left and (found.actions or not verdict.differences):
        return Condition.CONVERGED
    if verdict.mode is Mode.ENFORCE and found.left and all(action.deferred for action in found.left):
        return Condition.WAITING
    return Condition.DRIFTED if Cause.DRIFTED in causes_of(found) else Condition.CHANGE


def restarted(found: Found) -> bool:
    """Whether what waited for a restart has had one."""
    left = {action.id for action in found.left}
    return any(isinstance(a.operation, Restart) and a.id not in left for a in found.actions)


def causes_of(found: Found) -> Collection[Cause]:
    """Why it is not as declared, as far as it still is not."""
    verdict = found.verdict
    done = found.actions and not found.left
    left = () if done else (*verdict.differences, *verdict.pending)
    return {difference.cause for difference in left}


def first_of(causes: Iterable[Cause]) -> str:
    """The one that is told of several; '' of none."""
    told = set(causes)
    return next((str(cause) for cause in _FIRST if cause in told), "")


def dearest(actions: Iterable[Action]) -> str:
    """The highest price of these; '' of none."""
    effects = [action.effect for action in actions]
    return str(max(effects, key=lambda effect: effect.severity)) if effects else ""
