"""plan: what apply would do, through connections that cannot write."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from reconciler.cli.common import (
    CHANGES,
    FAILED,
    Accepted,
    Color,
    Common,
    Deletions,
    Hosts,
    Only,
    Output,
    Policy,
    Prune,
    Quiet,
    Shrink,
    State,
    Tree,
    Untrusted,
    Verbose,
    gather,
)
from reconciler.engine import session
from reconciler.plan import Options, Plan
from reconciler.plan.model import Status
from reconciler.report import json, text
from specs.desired import Desired


def command(
    tree: Tree,
    state: State = "",
    host: Hosts = None,
    only: Only = None,
    out: Annotated[Path | None, typer.Option("--out", help="Saves the plan, for apply --plan.")] = None,
    detailed_exitcode: Annotated[
        bool, typer.Option("--detailed-exitcode", help="Exits with 2 when something differs.")
    ] = False,
    prune: Prune = None,
    max_deletions: Deletions = None,
    accept_host: Accepted = None,
    allow_shrink: Shrink = False,
    policy: Policy = None,
    untrusted: Untrusted = False,
    output: Output = "text",
    color: Color = "auto",
    verbose: Verbose = False,
    quiet: Quiet = False,
) -> None:
    """Shows what apply would do, and why. Nothing is changed, on no host."""
    common = gather(tree, state, host, only, output, color, verbose, quiet, policy, untrusted=untrusted)
    if out:
        common = replace(common, tree=tree.resolve())  # it may be applied from another folder
    desired = common.desired()
    options = common.options(
        prune=prune, max_deletions=max_deletions, allow_shrink=allow_shrink, accepted=accept_host
    )
    planned = dry_run(common, desired, options)
    made = planned.plan
    if out:
        from reconciler.cli.saved import save

        save(out, planned, options, common)
        given = f" --state {common.state}" if common.state else ""
        common.tell(f"saved to {out}; apply it with: virt-reconcile apply --plan {out}{given}")
    show(common, made)
    if made.unreachable:
        raise typer.Exit(FAILED)
    blocked = any(verdict.status is Status.BLOCKED for verdict in made.verdicts)
    if detailed_exitcode and (made.changes or blocked):
        raise typer.Exit(CHANGES)


def dry_run(common: Common, desired: Desired, options: Options) -> session.Planned:
    """The plan and the world it was made from, through read-only connections and a read-only state."""
    with looking(common, desired, options) as (planned, _):
        return planned


@contextmanager
def looking(
    common: Common, desired: Desired, options: Options
) -> Iterator[tuple[session.Planned, session.Connections]]:
    """A dry run whose connections are open still."""
    unsigned = common.unsigned(desired)
    if unsigned:
        common.tell(f"warning: {unsigned}; apply refuses it")
    connections = session.connect(desired.hosts, desired.root, readonly=True, guard=desired.guard)
    try:
        with common.store(desired, readonly=True) as store:
            planned = session.plan(desired, connections, store, options)
        yield planned, connections
    finally:
        connections.close()


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
