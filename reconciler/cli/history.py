"""history: past runs, what each did, and what was done to one resource."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from reconciler.cli.common import Common, takes
from reconciler.cli.options import REMOTE, SHOWING
from reconciler.cli.source import TREE_OR_URL, located
from reconciler.faults import Fault
from reconciler.report import json
from reconciler.report.table import table

if TYPE_CHECKING:
    from state.journal import ActionEntry, Run

_RUNS = ("RUN", "STARTED", "COMMAND", "CAUSE", "STATUS", "COMMIT", "SUMMARY")
_ACTIONS = ("STARTED", "HOST", "OUTCOME", "ACTION", "MESSAGE")
_OF_ONE = ("RUN", "STARTED", "HOST", "VERB", "OUTCOME", "MESSAGE")
_ALL = 1_000_000


@click.command()
@takes("state", "hosts", *REMOTE, *SHOWING)
@TREE_OR_URL
@click.argument("resource", metavar="[RESOURCE]", required=False, default="")
@click.option("--run", type=int, help="Shows the actions of one run.")
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="How many.")
def command(common: Common, source: str, *, resource: str, run: int | None, limit: int) -> None:
    """Shows past runs, newest first; or what was done to one RESOURCE, such as Domain/web."""
    if resource and run is not None:
        raise Fault("history shows either a run or a resource: leave one of them out")
    address = _address(resource)
    common, desired = located(common, source)
    with common.store(desired, readonly=True) as store:
        runs: Sequence[Run] = [] if address else store.runs(limit if run is None else _ALL)
        actions: Sequence[ActionEntry] = []
        if run is not None:
            actions = store.actions(run)
        elif address:
            actions = store.actions_on(address, limit)
    if run is not None and not any(known.id == run for known in runs):
        raise Fault(f"there is no run {run}; history without --run lists them")
    if common.json:
        shown = [known for known in runs if run in (None, known.id)]
        common.say_json(json.document(kind="history", runs=shown, actions=actions))
        return
    for line in _lines(runs, actions, run=run, address=address):
        common.say(line)


def _lines(
    runs: Iterable[Run], actions: Iterable[ActionEntry], *, run: int | None, address: str
) -> Iterable[str]:
    if address:
        rows = [
            (str(a.run), _clock(a.started), a.host or "-", a.verb, _outcome(a), a.message) for a in actions
        ]
        return table(_OF_ONE, rows)
    if run is not None:
        return table(
            _ACTIONS, [(_clock(a.started), a.host or "-", _outcome(a), a.action, a.message) for a in actions]
        )
    return table(
        _RUNS,
        [
            (
                str(r.id),
                _clock(r.started),
                r.command,
                r.cause or "-",
                r.status,
                r.commit[:12] or "-",
                r.summary,
            )
            for r in runs
        ],
    )


def _address(text: str) -> str:
    """The resource's address as the journal has it; '' for none."""
    from specs.identity import MANAGED_KINDS, Address

    if not text:
        return ""
    try:
        address = Address.parse(text)
    except ValueError:
        address = None
    if address is None or address.kind not in MANAGED_KINDS or not address.name:
        raise Fault(f"'{text}' is no resource: write KIND/NAME as status shows it, such as Domain/web")
    return str(address)


def _outcome(entry: ActionEntry) -> str:
    return entry.outcome or "unfinished"


def _clock(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")
