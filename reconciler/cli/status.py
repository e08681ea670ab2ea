"""status: every resource, what is declared and what is observed."""

from __future__ import annotations

from datetime import UTC, datetime

import typer

from reconciler.cli.common import (
    FAILED,
    Color,
    Hosts,
    Only,
    Output,
    Quiet,
    State,
    Tree,
    Verbose,
    gather,
)
from reconciler.cli.plan import dry_run
from reconciler.compare.model import Cause
from reconciler.plan.model import Verdict
from reconciler.report import json
from reconciler.report.table import table
from state.records import ActionEntry

_COLUMNS = ("RESOURCE", "HOST", "DECLARED", "OBSERVED", "STATUS", "LAST")


def command(
    tree: Tree,
    state: State = "",
    host: Hosts = None,
    only: Only = None,
    output: Output = "text",
    color: Color = "auto",
    verbose: Verbose = False,
    quiet: Quiet = False,
) -> None:
    """Shows every resource: declared, observed, drift, what waits for a restart, the last outcome."""
    common = gather(tree, state, host, only, output, color, verbose, quiet)
    desired = common.desired()
    planned = dry_run(common, desired, common.options())
    with common.store(desired.fleet.name, readonly=True) as store:
        last = store.last_outcomes()
    made, world = planned.plan, planned.world
    rows = []
    for verdict in made.verdicts:
        declared = desired.resources.get(verdict.address)
        seen = world.of(declared) if declared else None
        observed = str(seen.power) if seen and seen.power else "present" if seen else "absent"
        outcome = last.get(str(verdict.address))
        rows.append(
            {
                "address": verdict.address,
                "host": verdict.host,
                "declared": verdict.declared_power or ("present" if declared else "-"),
                "observed": observed if verdict.host in world.inventories else "unknown",
                "status": _condition(verdict),
                "last": _last(outcome),
                "problem": verdict.problem,
                "pending": verdict.pending,
                "rewritten": verdict.rewritten,
            }
        )
    if common.json:
        common.say(json.document(kind="status", unreachable=made.unreachable, resources=rows))
    else:
        cells = [
            tuple(str(row[c]) for c in ("address", "host", "declared", "observed", "status", "last"))
            for row in rows
        ]
        for line in table(_COLUMNS, cells):
            common.say(line)
        for verdict in made.verdicts:
            if verdict.problem:
                common.say(f"{verdict.address}: {verdict.problem}")
    if made.unreachable:
        raise typer.Exit(FAILED)


def _condition(verdict: Verdict) -> str:
    """In one word or two: what a person would want to know first."""
    if any(difference.cause is Cause.DRIFTED for difference in verdict.differences):
        return "drifted"
    if verdict.pending and not verdict.differences:
        return "pending-restart"
    return str(verdict.status)


def _last(outcome: ActionEntry | None) -> str:
    if outcome is None:
        return "-"
    when = datetime.fromtimestamp(outcome.started, UTC).strftime("%Y-%m-%d %H:%M")
    return f"{outcome.verb} {outcome.outcome or 'interrupted'} {when}"
