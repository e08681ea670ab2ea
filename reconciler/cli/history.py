"""history: past runs, and what each did."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from reconciler.cli.common import Common, takes
from reconciler.cli.options import REMOTE, SHOWING
from reconciler.cli.source import TREE_OR_URL, located
from reconciler.faults import Fault
from reconciler.report import json
from reconciler.report.table import table


@click.command()
@takes("state", "hosts", *REMOTE, *SHOWING)
@TREE_OR_URL
@click.option("--run", type=int, help="Shows the actions of one run.")
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="How many runs.")
def command(common: Common, source: str, *, run: int | None, limit: int) -> None:
    """Shows past runs, newest first."""
    common, desired = located(common, source)
    with common.store(desired, readonly=True) as store:
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
