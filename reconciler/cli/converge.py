"""Planning and executing under the writer's lock: what apply and destroy do."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from reconciler.cli import asking, out
from reconciler.cli.common import Common
from reconciler.cli.ends import CHANGES, FAILED, INTERRUPTED, OK
from reconciler.cli.plan import ended, looking, show
from reconciler.cli.progress import shower
from reconciler.cli.selecting import require_selected
from reconciler.engine import round as rounds
from reconciler.engine.hosts import Hosts, connect
from reconciler.engine.round import ExecutionOptions, Planned, Round
from reconciler.plan import Options, Plan
from reconciler.plan.guard import destructive
from reconciler.plan.model import Outcome
from reconciler.report import json, text
from reconciler.report.resource import action_name
from specs.desired import Desired
from state import OpenState

Settle = Callable[[Planned, OpenState], Planned]


def converge(
    common: Common,
    options: Options,
    *,
    yes: bool,
    allow_data_loss: bool = False,
    parallel: int | None = None,
    settle: Settle = lambda planned, _: planned,
    saved: str = "",
    name: str = "apply",
) -> int:
    """Plans, shows, asks, executes, reports; the exit code. `settle` may refuse the plan (Fault), or give
    the saved one in its place, which is known as `saved`. What is shown is what is executed: nothing is
    planned between the question and the doing."""
    desired = common.desired()
    common.tell_others(desired)
    if common.dry_run:
        return _only_shown(common, desired, options, settle, name)
    with common.store(desired, readonly=False) as store, store.writer(f"{name} {common.tree}"):
        common.require_signed(desired)
        hosts = connect(desired.hosts, desired.root, readonly=False, guard=desired.guard)
        try:
            planned = rounds.plan(desired, hosts, store, options)
            require_selected(common, planned, options)
            planned = settle(planned, store)
            if not common.json:
                show(common, planned.plan, name)
                out.flush()  # who cannot be shown it has nothing done
            lost = () if allow_data_loss else destructive(planned.plan)
            if planned.plan.changes and not yes:
                asking.leave(name)
            asking.by_name((each.native for each in lost), "destroys the data of", "--allow-data-loss")
            with stopping(threading.Event()) as cancel:
                outcomes = run_plan(
                    common, planned, hosts, store, name, parallel=parallel, cancel=cancel, saved=saved
                )
            report(common, planned.plan, outcomes)
            if cancel.is_set():
                return INTERRUPTED
            if Round(planned, outcomes).failed:
                return FAILED
            return CHANGES if common.detailed and planned.plan.changes else OK
        finally:
            hosts.close()


def _only_shown(common: Common, desired: Desired, options: Options, settle: Settle, name: str) -> int:
    """The plan, through connections that cannot write; the exit code of `plan`."""
    with (
        looking(common, desired, options) as (planned, _),
        common.store_to_look(desired) as (store, _),
    ):
        made = settle(planned, store).plan
    show(common, made, name)
    return ended(made, detailed=common.detailed)


def run_plan(
    common: Common,
    planned: Planned,
    hosts: Hosts,
    store: OpenState,
    name: str,
    *,
    parallel: int | None,
    cancel: threading.Event,
    saved: str = "",
) -> tuple[Outcome, ...]:
    """Executes a plan, and shows how far it is."""
    execution = ExecutionOptions(name, cancel, parallel, shower(common), saved)
    return rounds.carry_out(planned, hosts, store, execution)


def report(common: Common, plan: Plan, outcomes: tuple[Outcome, ...]) -> None:
    """What became of it, on standard output."""
    if common.json:
        common.say_json(json.outcomes_document(plan, outcomes))
    elif common.markdown:
        rows = [(action_name(o.action), str(o.result), o.message) for o in outcomes]
        common.say()
        common.say_table(("ACTION", "RESULT", "MESSAGE"), rows)
    elif plan.changes or rounds.bad(outcomes):
        common.say(text.outcomes_summary(outcomes))


@contextmanager
def stopping(
    cancel: threading.Event,
    *,
    idle: Callable[[], bool] = lambda: False,
    tell: Callable[[str], None] = out.tell,
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
        tell("stopping when the running actions have ended; once more stops at once")

    if threading.current_thread() is not threading.main_thread():
        yield cancel
        return
    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield cancel
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
