"""status: every resource, what is declared and what is observed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import click

from reconciler.cli.common import Common, takes
from reconciler.cli.ends import FAILED, OK
from reconciler.cli.options import REMOTE, SHOWING
from reconciler.cli.plan import looking
from reconciler.cli.source import located
from reconciler.cli.words import resources_of_source
from reconciler.engine.views import dropped, guest_facts, status_rows
from reconciler.report import json
from reconciler.report.text import not_kept

_COLUMNS = ("RESOURCE", "HOST", "DECLARED", "OBSERVED", "STATUS", "LAST")
_WIDE = ("RESOURCE", "HOST", "STATE", "STATUS", "VCPUS", "MEMORY", "UPTIME", "ADDRESSES", "READY")


@click.command()
@takes("state", "hosts", "policy", *REMOTE, "only", "untrusted", *SHOWING, wide=True)
@resources_of_source
def command(common: Common, source: str) -> int:
    """Shows every resource: declared, observed, drift, what waits for a restart, the last outcome.

    Wide shows what guests have, since when they run, how they are reached and whether they are ready.
    """
    common, desired = located(common, source)
    with (
        looking(common, desired, common.options()) as (planned, hosts),
        common.store(planned.desired, readonly=True) as store,
    ):
        facts = guest_facts(planned, store, hosts) if common.wide or common.json else {}
        rows = status_rows(planned, store, facts)
    made = planned.plan
    if common.json:
        common.say_json(json.document(kind="status", unreachable=made.unreachable, resources=rows))
    else:
        cells = [_wide_cells(row, planned.world.now) if common.wide else _cells(row) for row in rows]
        common.say_table(_WIDE if common.wide else _COLUMNS, cells)
        common.say_notes(note for row in rows for note in _notes(row))
    return FAILED if made.unreachable else OK


def _notes(row: dict[str, Any]) -> Iterator[str]:
    waits = (f"held back: {why}" for why in row["waits"] if row["status"] != "suspended")
    for line in (row["problem"], *waits, *map(not_kept, dropped(row))):
        if line:
            yield f"{row['address']}: {line}"


def _cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(row[key]) for key in ("address", "host", "declared", "observed", "status", "last"))


def _wide_cells(row: Mapping[str, Any], now: float) -> tuple[str, ...]:
    from reconciler.report.words import age
    from specs.units import format_size

    memory, started = row.get("memory_kib"), row.get("started")
    told = (
        row.get("vcpus"),
        format_size(memory * 1024) if memory else None,
        age(now - started) if started else None,
        ",".join(dict.fromkeys(known.address for known in row.get("addresses", ()))),
        row.get("ready"),
    )
    state = tuple(str(row[key]) for key in ("address", "host", "observed", "status"))
    return (*state, *(str(value or "-") for value in told))
