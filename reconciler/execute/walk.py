"""Walking the plan: in parallel, journaled; what fails stops only what needs it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from graphlib import TopologicalSorter
from queue import SimpleQueue

from reconciler.execute.context import ExecutionContext, Progress, RetryPolicy
from reconciler.execute.recorder import Recorder
from reconciler.execute.runner import ActionRunner
from reconciler.execute.slots import MoveSlots
from reconciler.operations import Lane, Release, Rename, Undefine
from reconciler.plan.model import Action, Outcome, Plan, Result
from reconciler.underway import doing

_WAITS = 64
"""How many guests are waited for at once."""


def execute(
    plan: Plan,
    context: ExecutionContext,
    *,
    parallel: int = 4,
    progress: Callable[[Progress], None] = lambda _: None,
    cancel: threading.Event | None = None,
    retry: RetryPolicy = RetryPolicy(),
) -> tuple[Outcome, ...]:
    """Executes a plan and gives an outcome per action, in the plan's order.

    Never raises for what a hypervisor does: that is a failed outcome, and what needs the action is
    skipped. Once `cancel` is set, running actions end and the others are skipped. Records are written
    as soon as a resource's definition stands, and again when all of its actions are done.
    """
    work = _Work(plan, context, progress, cancel or threading.Event(), retry)
    work.recorder.refresh_untouched()
    graph = TopologicalSorter({action.id: action.after for action in plan.actions})
    graph.prepare()
    actions = {action.id: action for action in plan.actions}
    ended: SimpleQueue[tuple[str, Future[None]]] = SimpleQueue()
    # Whoever waits for a guest, or for one to arrive, holds up nobody who has something to do.
    sizes = {Lane.WORK: max(1, parallel), Lane.WAIT: _WAITS, Lane.MOVE: max(1, context.migrations)}
    with ExitStack() as stack:
        lanes = {
            lane: stack.enter_context(ThreadPoolExecutor(size, thread_name_prefix=lane.name.lower()))
            for lane, size in sizes.items()
        }
        while graph.is_active():
            for ready in graph.get_ready():
                future = lanes[actions[ready].operation.lane].submit(work.do, actions[ready])
                future.add_done_callback(lambda future, id_=ready: ended.put((id_, future)))  # type: ignore[misc]
            id_, future = ended.get()
            future.result()
            graph.done(id_)
    _forget(plan, work, context)
    return tuple(work.outcomes[action.id] for action in plan.actions)


def _forget(plan: Plan, work: _Work, context: ExecutionContext) -> None:
    """Drops the records of what is gone: removed or given back by this plan, or found gone."""
    removals = {a.address: a.id for a in plan.actions if isinstance(a.operation, Undefine | Release)}
    renames = (a for a in plan.actions if isinstance(a.operation, Rename))
    removals |= {replace(a.address, name=a.native): a.id for a in renames}
    for address in plan.forget:
        undefine = removals.get(address)
        if undefine is None or work.outcomes[undefine].result in (Result.DONE, Result.UNCHANGED):
            context.store.forget(address)


class _Work:
    """The walk's shared memory: the outcomes so far, and what each action has to wait for."""

    def __init__(
        self,
        plan: Plan,
        context: ExecutionContext,
        progress: Callable[[Progress], None],
        cancel: threading.Event,
        retry: RetryPolicy,
    ) -> None:
        self.outcomes: dict[str, Outcome] = {}
        self._context, self._progress, self._cancel = context, progress, cancel
        slots = context.slots or MoveSlots(context.hosts)
        self._runner = ActionRunner(context, retry, cancel, slots=slots)
        self.recorder = Recorder(plan, context, self._runner.own_changes)
        self._mutex = threading.Lock()

    def do(self, action: Action) -> None:
        """One action from its journal entry to its record."""
        outcome = self._held_back(action)
        if outcome is None:
            outcome = self._done(action)
        elif not action.deferred:
            self.recorder.count_off(action, failed=True)
        with self._mutex:
            self.outcomes[action.id] = outcome
        self._progress(Progress(action, outcome, self._context.run))

    def _done(self, action: Action) -> Outcome:
        self._progress(Progress(action, run=self._context.run))
        store, run = self._context.store, self._context.run
        store.begin_action(run, action.id, str(action.address), action.verb, action.host)
        with doing(self._context.called(action), self._context.board) as tell:
            tried = self._runner.of(action, tell)
        outcome = self.recorder.recorded(tried.outcome, tried.seen)
        store.finish_action(run, action.id, outcome.result, outcome.message)
        return outcome

    def _held_back(self, action: Action) -> Outcome | None:
        if action.deferred:
            return Outcome(action, Result.DEFERRED, action.deferred)
        if self._cancel.is_set():
            return Outcome(action, Result.SKIPPED, "stopped before it began")
        for id_ in action.after:
            if self.outcomes[id_].result in (Result.FAILED, Result.SKIPPED):
                return Outcome(action, Result.SKIPPED, f"'{self._root_failure(id_)}' failed")
        for host in action.hosts:
            if host not in self._context.drivers:
                return Outcome(action, Result.SKIPPED, f"{host} is not connected")
        return None

    def _root_failure(self, id_: str) -> str:
        while self.outcomes[id_].result is Result.SKIPPED:
            behind = [
                other
                for other in self.outcomes[id_].action.after
                if self.outcomes[other].result in (Result.FAILED, Result.SKIPPED)
            ]
            if not behind:
                break
            id_ = behind[0]
        return id_
