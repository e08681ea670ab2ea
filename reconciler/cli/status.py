"""status: every resource, what is declared and what is observed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import click

from reconciler.cli.common import Common, takes
from reconciler.cli.options import REMOTE, SHOWING, one_of
from reconciler.cli.plan import ended, looking
from reconciler.cli.source import located
from reconciler.cli.words import resources_of_source
from reconciler.engine.hostviews import host_notes
from reconciler.engine.views import dropped, guest_facts, status_rows
from reconciler.report import json
from reconciler.report.changes import not_kept
from reconciler.report.glance import STATUSES, grouped, next_steps, status_table, summed_up, wide_table
from specs.desired import Desired

_UNREACHABLE = "unreachable"


@click.command()
@takes("state", "hosts", "policy", *REMOTE, "only", "untrusted", "detailed", *SHOWING, wide=True)
@resources_of_source
@click.option("--unconverged", "-u", is_flag=True, help="Only what is not converged.")
@click.option("--status", "statuses", multiple=True, metavar="STATUS", help="Only these; repeatable.")
@click.option("--on", "places", multiple=True, metavar="HOST", help="Only what is on this host; repeatable.")
def command(
    common: Common, source: str, *, unconverged: bool, statuses: tuple[str, ...], places: tuple[str, ...]
) -> int:
    """Shows every resource: declared, observed, drift, what waits for a restart, the last outcome.

    Wide shows what guests have, since when they run, how they are reached and whether they are ready.
    """
    for status in statuses:
        one_of("--status", status, tuple(STATUSES))
    common, desired = located(common, source, whole=True)
    for place in places:
        one_of("--on", place, tuple(desired.hosts))
    with (
        looking(common, desired, common.options()) as (planned, hosts),
        common.store_to_look(planned.desired, told=True) as (store, _),
    ):
        facts = guest_facts(planned, store, hosts) if common.wide or common.json else {}
        rows = status_rows(planned, store, facts)
    made = planned.plan
    rows = [row for row in rows if not places or row["host"] in places]
    shown = [row for row in rows if _wanted(row, statuses, unconverged=unconverged)]
    if common.json:
        common.say_json(
            json.document(
                kind="status", unreachable=made.unreachable, resources=[json.told(row) for row in shown]
            )
        )
    else:
        if shown:
            header, cells = (wide_table if common.wide else status_table)(shown, planned.world.now)
            common.say_table(header, cells, fitted=not common.wide)
        common.say_notes([*_host_lines(made.unreachable, desired), *grouped(_notes(shown))])
        _say_sum(common, rows, source)
        if common.verbose:
            common.tell(f"state: {common.state_told(desired)}")
    return ended(made, detailed=common.detailed)


def _wanted(row: Mapping[str, Any], statuses: tuple[str, ...], *, unconverged: bool) -> bool:
    status = str(row["status"])
    return (not statuses or status in statuses) and not (unconverged and status == "converged")


def _say_sum(common: Common, rows: Sequence[Mapping[str, Any]], source: str) -> None:
    """What it comes to, and what one types next."""
    common.say()
    common.say(common.paint()("bold", summed_up(rows)))
    if not common.markdown:
        for line in next_steps(rows, source):
            common.tell(line)


def _host_lines(unreachable: Mapping[str, str], desired: Desired) -> Iterator[str]:
    """What is to be said of hosts, once for all that is on them."""
    for name, why in sorted(unreachable.items()):
        yield f"host {name} cannot be reached: {why}"
    for name, note in host_notes(desired.hosts).items():
        yield f"host {name} is {note}" if not note.startswith("mode") else f"host {name}: {note}"


def _notes(rows: Sequence[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    for row in rows:
        waits = (f"held back: {why}" for why in row["waits"] if row["status"] != "suspended")
        problem = "" if row["status"] == _UNREACHABLE else row["problem"]
        lost = (not_kept(row["address"].kind, note) for note in dropped(row))
        for line in (problem, *waits, *lost):
            if line:
                yield str(row["address"]), line
