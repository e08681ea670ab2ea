"""Planning and executing under the writer's lock: what apply and destroy do."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from reconciler.cli import out
from reconciler.cli.common import Common
from reconciler.cli.ends import FAILED, INTERRUPTED, OK, Fault
from reconciler.cli.plan import show
from reconciler.cli.progress import Notes
from reconciler.engine import session
from reconciler.plan import Options, Plan
from reconciler.plan.guard import destructive
from reconciler.plan.model import Action, Outcome, Result, Status
from reconciler.report import json, text
from reconciler.report.paint import paint_for
from specs.identity import Kind
from specs.plain import plain
from state import OpenState

_BAD = frozenset({Result.FAILED, Result.SKIPPED})


def converge(
    common: Common,
    options: Options,
    *,
    yes: bool,
    allow_data_loss: bool = False,
    parallel: int | None = None,
    settle: Callable[[session.Planned, OpenState], session.Planned] = lambda planned, _: planned,
    saved: str = "",
    name: str = "apply",
) -> int:
    """Plans, shows, asks, executes, reports; the exit code. `settle` may refuse the plan (Fault), or give
    the saved one in its place, which is known as `saved`. What is shown is what is executed: nothing is
    planned between the question and the doing."""
    desired = common.desired()
    with common.store(desired, readonly=False) as store, store.writer(f"{name} {common.tree}"):
        common.require_signed(desired)
        connections = session.connect(desired.hosts, desired.root, readonly=False, guard=desired.guard)
        try:
            planned = settle(session.plan(desired, connections, store, options), store)
            if not common.json:
                show(common, planned.plan)
            lost = () if allow_data_loss else destructive(planned.plan)
            if planned.plan.changes and not yes:
                _ask(common, name)
            if lost:
                _ask_by_name(lost)
            with stopping(threading.Event()) as cancel:
                outcomes = run_plan(
                    common, planned, connections, store, name, parallel=parallel, cancel=cancel, saved=saved
                )
            report(common, planned.plan, outcomes)
            if cancel.is_set():
                return INTERRUPTED
            return exit_code(planned.plan, outcomes)
        finally:
            connections.close()


def run_plan(
    common: Common,
    planned: session.Planned,
    connections: session.Connections,
    store: OpenState,
    name: str,
    *,
    parallel: int | None,
    cancel: threading.Event,
    saved: str = "",
) -> tuple[Outcome, ...]:
    """Executes a plan as a run of the journal; a plan without anything to do only refreshes records."""
    from reconciler.execute import ExecutionContext, Progress, execute

    plan, world, desired = planned.plan, planned.world, planned.desired
    busy = any(not action.deferred for action in plan.actions)
    run = store.begin_run(name, plan.root, plan.commit, saved) if busy else 0
    context = ExecutionContext(
        drivers=connections.drivers,
        store=store,
        run=run,
        versions={host: inventory.version for host, inventory in world.inventories.items()},
        machines={host: inventory.identity for host, inventory in world.inventories.items()},
        dialects={host: world.dialect(host) for host in world.inventories},
        fleet=desired.fleet,
        records=world.records,
        secrets={a: d.secret for a, d in desired.resources.items() if d.secret},
        sources={a: d.source for a, d in desired.resources.items() if d.source},
        root=desired.root,
        moves={a: d.migration for a, d in desired.resources.items() if d.address.kind is Kind.DOMAIN},
        hosts=desired.hosts,
        migrations=desired.fleet.migrations,
        guard=desired.guard,
    )
    # Before anything is done: of what is removed now, it is dropped with the record.
    store.note_origins({address: d.origin.file for address, d in desired.resources.items()})
    paint, notes = paint_for(common.color, sys.stderr), Notes(common)

    def progress(step: Progress) -> None:
        if step.note:
            notes.show(f"{step.action.id}: {step.note}")
        elif step.outcome and step.outcome.result is not Result.DEFERRED:
            notes.clear()
            common.tell(text.outcome_line(step.outcome, paint))

    outcomes = execute(
        plan, context, parallel=parallel or desired.fleet.parallel, progress=progress, cancel=cancel
    )
    if busy:
        bad = any(outcome.result in _BAD for outcome in outcomes)
        status = "interrupted" if cancel.is_set() else "failed" if bad else "done"
        store.finish_run(run, status, text.outcomes_summary(outcomes))
    return outcomes


def report(common: Common, plan: Plan, outcomes: tuple[Outcome, ...]) -> None:
    """What became of it, on standard output."""
    if common.json:
        common.say_json(json.outcomes_document(plan, outcomes))
    elif plan.changes or any(outcome.result in _BAD for outcome in outcomes):
        common.say(text.outcomes_summary(outcomes))


def exit_code(plan: Plan, outcomes: tuple[Outcome, ...]) -> int:
    """1 when an action failed, a resource is blocked or a host was not reached."""
    blocked = any(v.status in (Status.BLOCKED, Status.UNREACHABLE) for v in plan.verdicts)
    bad = any(outcome.result in _BAD for outcome in outcomes)
    return FAILED if blocked or bad or plan.unreachable else OK


@contextmanager
def stopping(
    cancel: threading.Event, *, idle: Callable[[], bool] = lambda: False
) -> Iterator[threading.Event]:
    """The first SIGINT or SIGTERM lets running actions end and begins no other; the second ends the
    process at once, which the state and the next apply bear as they bear a kill. While `idle`, the first
    raises KeyboardInterrupt, for there is nothing to wait for. In another thread than the main one,
    signals are left alone."""

    def stop(number: int, _frame: FrameType | None) -> None:
        if cancel.is_set():
            os._exit(INTERRUPTED)
        cancel.set()
        if idle():
            raise KeyboardInterrupt
        out.tell("stopping when the running actions have ended; once more stops at once")

    if threading.current_thread() is not threading.main_thread():
        yield cancel
        return
    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield cancel
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _ask_by_name(actions: tuple[Action, ...]) -> None:
    """Each loss of data is agreed to by the name of what is lost, or nothing is done."""
    names = [action.native for action in actions]
    if not sys.stdin.isatty():
        raise Fault(
            f"this destroys the data of {', '.join(names)}, and nobody is there to be asked:"
            " --allow-data-loss lets it; nothing was done"
        )
    for name in names:
        if out.ask(f"This destroys the data of {name}. Type its name to go on: ") not in (name, plain(name)):
            raise Fault("nothing was done")


def _ask(common: Common, name: str) -> None:
    if not sys.stdin.isatty():
        raise Fault(f"nobody is there to be asked: {name} needs --yes without a terminal; nothing was done")
    if out.ask("Do this? Only 'yes' will be taken as yes: ") != "yes":
        raise Fault("nothing was done")
