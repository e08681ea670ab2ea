"""plan: what apply would do, through connections that cannot write."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import click

from reconciler.cli.common import Common, takes
from reconciler.cli.ends import CHANGES, FAILED, OK
from reconciler.cli.options import DECIDING, PATH, SHOWING, TREE
from reconciler.engine import round as rounds
from reconciler.engine.hosts import Hosts, connect
from reconciler.engine.round import Planned
from reconciler.plan import Options, Plan
from reconciler.plan.model import Status
from reconciler.report import json, text
from specs.desired import Desired


@click.command()
@takes(*TREE, *DECIDING, "prune", "allow_shrink", "untrusted", *SHOWING)
@click.option("--out", "file", type=PATH, help="Saves the plan, for apply --plan.")
@click.option("--detailed-exitcode", is_flag=True, help="Exits with 2 when something differs.")
def command(common: Common, file: Path | None, detailed_exitcode: bool) -> int:
    """Shows what apply would do, and why. Nothing is changed, on no host."""
    if file:
        common = replace(common, tree=common.tree.resolve())  # it may be applied from another folder
    desired = common.desired()
    options = common.options()
    planned = dry_run(common, desired, options)
    made = planned.plan
    if file:
        from reconciler.cli.saved import save

        save(file, planned, options, common)
        given = f" --state {common.state}" if common.state else ""
        common.tell(f"saved to {file}; apply it with: virt-reconcile apply --plan {file}{given}")
    show(common, made)
    if made.unreachable:
        return FAILED
    blocked = any(verdict.status is Status.BLOCKED for verdict in made.verdicts)
    if detailed_exitcode and (made.changes or blocked):
        return CHANGES
    return OK


def dry_run(common: Common, desired: Desired, options: Options) -> Planned:
    """The plan and the world it was made from, through read-only connections and a read-only state."""
    with looking(common, desired, options) as (planned, _):
        return planned


@contextmanager
def looking(common: Common, desired: Desired, options: Options) -> Iterator[tuple[Planned, Hosts]]:
    """A dry run whose connections are open still."""
    unsigned = common.unsigned(desired)
    if unsigned:
        common.tell(f"warning: {unsigned}; apply refuses it")
    hosts = connect(desired.hosts, desired.root, readonly=True, guard=desired.guard)
    try:
        with common.store(desired, readonly=True) as store:
            planned = rounds.plan(desired, hosts, store, options)
        yield planned, hosts
    finally:
        hosts.close()


def show(common: Common, made: Plan) -> None:
    """Prints a plan in the chosen form."""
    if common.only and not made.verdicts:
        common.tell("nothing is selected: no resource matches --only")
    if common.json:
        common.say_json(json.plan_document(made))
        return
    paint = common.paint()
    if common.quiet:
        common.say(text.summary(made))
        return
    for line in text.plan_lines(made, paint, verbose=common.verbose):
        common.say(line)
