"""history: past runs, and what each did."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from reconciler.cli.common import Color, Fault, Hosts, Output, Quiet, State, Tree, Verbose, gather
from reconciler.report import json
from reconciler.report.table import table


def command(
    tree: Tree,
    run: Annotated[int | None, typer.Option("--run", help="Shows the actions of one run.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many runs.")] = 20,
    state: State = "",
    host: Hosts = None,
    output: Output = "text",
    color: Color = "auto",
    verbose: Verbose = False,
    quiet: Quiet = False,
) -> None:
    """Shows past runs, newest first."""
    common = gather(tree, state, host, None, output, color, verbose, quiet)
    with common.store(common.desired(), readonly=True) as store:
        runs = store.runs(limit if run is None else 1_000_000)
        actions = store.actions(run) if run is not None else []
    if run is not None and not any(known.id == run for known in runs):
        raise Fault(f"there is no run {run}; history without --run lists them")
    if common.json:
        shown = {"runs": [known for known in runs if run in (None, known.id)]}
        common.say_json(json.document(kind="history", **shown, actions=actions))
        return
    if run is not None:
        rows = [(_clock(a.started), a.outcome or "unfinished", a.action, a.message) for a in actions]
        lines = table(("STARTED", "OUTCOME", "ACTION", "MESSAGE"), rows)
    else:
        known_runs = [
            (str(r.id), _clock(r.started), r.command, r.status, r.commit[:12] or "-", r.summary) for r in runs
        ]
        lines = table(("RUN", "STARTED", "COMMAND", "STATUS", "COMMIT", "SUMMARY"), known_runs)
    for line in lines:
        common.say(line)


def _clock(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")
