"""Doing what a person asks for of some guests: planned, shown, asked and done as apply does it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from reconciler.cli import asking
from reconciler.cli.common import Common
from reconciler.cli.converge import report, run_plan, stopping
from reconciler.cli.ends import FAILED, INTERRUPTED, OK
from reconciler.cli.plan import show
from reconciler.engine.asked import hosts_of, plan_asked
from reconciler.engine.hosts import Hosts, connect
from reconciler.engine.round import Planned, Round
from reconciler.plan import Plan, World
from specs.desired import Declared, Desired
from state import OpenState


@dataclass(frozen=True, slots=True)
class Costs:
    """What those suffer whose names have to be typed ('loses data of'), and the option that lets it."""

    names: Callable[[Plan], tuple[str, ...]]
    what: str
    option: str


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for, by which command, of which guests; how its plan is made, and what it takes to know
    besides (`learn`). `costs` says whom it costs what, so that their names have to be typed, and which option
    lets it without; `agreed` is called between the answer and the doing."""

    command: str
    guests: tuple[Declared, ...]
    make: Callable[[Desired, World], Plan]
    learn: Callable[[World, Hosts], World] = lambda world, _: world
    costs: Costs | None = None
    agreed: Callable[[Plan, OpenState], None] = lambda plan, store: None


@contextmanager
def looked_at(
    desired: Desired, request: Request, store: OpenState, *, readonly: bool
) -> Iterator[tuple[Planned, Hosts]]:
    """The plan of a request, and its connections."""
    hosts = connect(
        hosts_of(request.guests, desired, store), desired.root, readonly=readonly, guard=desired.guard
    )
    try:
        yield plan_asked(desired, request.guests, hosts, store, request.make, request.learn), hosts
    finally:
        hosts.close()


def shown_and_asked(common: Common, request: Request, plan: Plan, *, yes: bool) -> None:
    """Shows the plan and asks; Fault where a person says no. A name that was typed is a yes."""
    if not common.json:
        show(common, plan, request.command)
    costs = request.costs
    names = costs.names(plan) if costs else ()
    if costs and names:
        asking.by_name(names, costs.what, costs.option)
    elif plan.changes and not yes:
        asking.leave(request.command)


def do(common: Common, desired: Desired, request: Request, store: OpenState, *, yes: bool) -> int:
    """All of it, under the writer's lock; the exit code."""
    with store.writer(f"{request.command} {common.tree}"):
        common.require_signed(desired)
        with looked_at(desired, request, store, readonly=False) as (planned, hosts):
            shown_and_asked(common, request, planned.plan, yes=yes)
            request.agreed(planned.plan, store)
            with stopping(threading.Event()) as cancel:
                outcomes = run_plan(
                    common, planned, hosts, store, request.command, parallel=common.parallel, cancel=cancel
                )
            report(common, planned.plan, outcomes)
            if cancel.is_set():
                return INTERRUPTED
            return FAILED if Round(planned, outcomes).failed else OK
