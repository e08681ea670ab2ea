"""One action: refused or held back, tried until it is done, checked, and told."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field, replace

from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    stop_any,
    stop_when_event_set,
    wait_random_exponential,
)

from drivers.base import Observation
from drivers.base.errors import DriverError, NotFound, Refused, Transient, Unreachable
from drivers.base.progress import Wait, listening
from reconciler.execute.afterwards import require_happened
from reconciler.execute.before import done_before, gone, require_as_planned, stands_after_all
from reconciler.execute.calls import perform
from reconciler.execute.context import ExecutionContext, RetryPolicy
from reconciler.execute.job import Job, Tell
from reconciler.execute.own_changes import OwnChanges
from reconciler.execute.slots import MoveSlots
from reconciler.inputs.secrets import SecretError
from reconciler.mishaps import told
from reconciler.operations import Build, Operation
from reconciler.plan.model import Action, Outcome, Result


@dataclass(frozen=True, slots=True)
class SeenOutcome:
    """What became of an action, and the object as it was seen right afterwards, if it was looked at."""

    outcome: Outcome
    seen: Observation | None = None


@dataclass(frozen=True, slots=True)
class ActionRunner:
    """Tries actions; shared by all workers of a run."""

    context: ExecutionContext
    retry: RetryPolicy
    cancel: threading.Event
    own_changes: OwnChanges = field(default_factory=OwnChanges)
    slots: MoveSlots = field(default_factory=lambda: MoveSlots({}))

    def of(self, action: Action, tell: Tell) -> SeenOutcome:
        """The action done, step by step. Never raises for what a hypervisor does: that is a failure. How far
        it is goes to `tell`."""
        started = time.monotonic()
        try:
            unchanged, message, seen = self._stepwise(action, tell)
            result = Result.UNCHANGED if unchanged else Result.DONE
        except (DriverError, SecretError) as error:
            result, message, seen = Result.FAILED, str(error), None
        except Exception as error:  # noqa: BLE001 - one action's mishap is not the run's
            result, message, seen = Result.FAILED, told(error), None
        return SeenOutcome(Outcome(action, result, message, time.monotonic() - started), seen)

    def _stepwise(self, action: Action, tell: Tell) -> tuple[bool, str, Observation | None]:
        """All of its steps; what the last one tells."""
        *before, last = action.operation.steps()
        try:
            for step in before:
                self._retrying(action, step, tell)
        except DriverError:
            if action.operation.at_last:
                with suppress(DriverError):  # the first failure is what a person has to know
                    self._retrying(action, last, tell)
            raise
        return self._retrying(action, last, tell)

    def _retrying(self, action: Action, step: Operation, tell: Tell) -> tuple[bool, str, Observation | None]:
        policy = self.retry
        part = replace(action, operation=step)  # type: ignore[arg-type]
        for attempt in Retrying(
            retry=retry_if_exception_type((Transient, Unreachable)),
            stop=stop_any(stop_after_attempt(policy.attempts), stop_when_event_set(self.cancel)),
            wait=wait_random_exponential(multiplier=policy.first_pause, max=policy.longest_pause),
            before_sleep=lambda state: tell(_pause_of(state)),
            sleep=self._pause,
            reraise=True,
        ):
            with attempt:
                again = attempt.retry_state.attempt_number > 1
                tell(None)
                with listening(tell):
                    return _once(self._job(part, action, tell, again=again))
        raise AssertionError("unreachable")

    def _pause(self, seconds: float) -> None:
        self.cancel.wait(seconds)

    def _job(self, part: Action, action: Action, tell: Tell, *, again: bool) -> Job:
        return Job(
            part,
            action,
            self.context,
            self.own_changes,
            self.slots,
            tell,
            self.cancel,
            again,
        )


def _pause_of(state: RetryCallState) -> Wait:
    """The wait before another try."""
    error = state.outcome.exception() if state.outcome else None
    return Wait(f"another try, for {error}", state.upcoming_sleep)


def _once(job: Job) -> tuple[bool, str, Observation | None]:
    """Does it, and makes sure that it has happened: whether nothing had to be done, what a person should
    know, and what was seen."""
    require_as_planned(job)
    if stands := done_before(job):
        return True, stands, None
    try:
        unchanged = perform(job.action.operation, job)
    except NotFound:
        if not gone(job):
            raise
        return True, "was gone already", None
    except Refused:
        if stands := _refused_for_good_reason(job):
            return True, stands, None
        raise
    if unchanged:
        return True, unchanged, None
    shown = require_happened(job)
    return False, shown.note, shown.seen


def _refused_for_good_reason(job: Job) -> str:
    """Why a refusal means that nothing had to be done; '' when it does not."""
    operation = job.action.operation
    if isinstance(operation, Build) and not operation.overwrite:
        # Built before: the start that follows tells whether it is fit for use.
        return "was built already"
    return stands_after_all(job)
