"""history: past runs, what each did, and what was done to one resource."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from reconciler.cli.common import Common, takes
from reconciler.cli.options import REMOTE, SHOWING
from reconciler.cli.source import located
from reconciler.cli.words import resources_of_source
from reconciler.faults import Fault
from reconciler.report import json
from reconciler.report.past import deed, deed_upon
from specs.diagnostics import did_you_mean

if TYPE_CHECKING:
    from specs.desired import Desired
    from state.journal import ActionEntry, Run

_RUNS = ("RUN", "STARTED", "COMMAND", "CAUSE", "STATUS", "COMMIT", "SUMMARY")
_ACTIONS = ("STARTED", "HOST", "OUTCOME", "ACTION", "MESSAGE")
_OF_ONE = ("RUN", "STARTED", "HOST", "ACTION", "OUTCOME", "MESSAGE")
_ALL = 1_000_000


@click.command()
@takes("state", "hosts", *REMOTE, *SHOWING)
@resources_of_source
@click.option("--run", type=int, help="Shows the actions of one run.")
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="How many.")
def command(common: Common, source: str, *, run: int | None, limit: int) -> None:
    """Shows past runs, newest first; or what was done to one RESOURCE, such as Domain/web."""
    if common.only and run is not None:
        raise Fault("history shows either a run or a resource: leave one of them out")
    if len(common.only) > 1:
        raise Fault("history shows what was done to one resource at a time")
    common, desired = located(common, source)
    address = _address(common.only[0], desired) if common.only else ""
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
    if address and not actions:
        near = "" if address in _declared(desired) else did_you_mean(address, _declared(desired))
        common.tell(f"note: nothing was done to {address}{near}")
    if not address and not runs:
        common.tell("note: nothing was done yet, as far as the state knows: apply makes the first run")
    common.say_table(*_table(runs, actions, run=run, address=address))


def _declared(desired: Desired) -> set[str]:
    return set(map(str, desired.resources))


def _table(
    runs: Iterable[Run], actions: Iterable[ActionEntry], *, run: int | None, address: str
) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    if address:
        return _OF_ONE, [
            (str(a.run), _clock(a.started), a.host or "-", deed(a), _outcome(a), a.message) for a in actions
        ]
    if run is not None:
        return _ACTIONS, [
            (_clock(a.started), a.host or "-", _outcome(a), deed_upon(a), a.message) for a in actions
        ]
    return _RUNS, [
        (str(r.id), _clock(r.started), r.command, r.cause or "-", r.status, r.commit[:12] or "-", r.summary)
        for r in runs
    ]


def _address(text: str, desired: Desired) -> str:
    """The resource's address as the journal has it: what the tree declares needs no host. Raises Fault."""
    from specs.identity import Address
    from specs.selectors import Selector

    wanted = Selector.parse(text)
    found = [str(d.address) for d in desired.resources.values() if wanted.matches(d.address, d.labels)]
    if len(found) > 1:
        raise Fault(f"'{text}' is any of {', '.join(found)}: give one of them")
    if found:
        return found[0]
    if wanted.label:
        raise Fault(f"no resource has the label {text}")
    try:
        return str(Address.parse(str(wanted)))
    except ValueError:
        raise Fault(f"'{text}' is no resource: write KIND/NAME as status shows it") from None


def _outcome(entry: ActionEntry) -> str:
    return entry.outcome or "unfinished"


def _clock(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")
