"""status: every resource, what is declared and what is observed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import click

from reconciler.cli.common import Common, takes
from reconciler.cli.ends import FAILED, OK
from reconciler.cli.options import REMOTE, one_of
from reconciler.cli.plan import looking
from reconciler.cli.source import located
from reconciler.cli.words import resources_of_source
from reconciler.engine.views import dropped, guest_facts, status_rows
from reconciler.report import json
from reconciler.report.table import table
from reconciler.report.text import not_kept

_COLUMNS = ("RESOURCE", "HOST", "DECLARED", "OBSERVED", "STATUS", "LAST")
_WIDE = ("RESOURCE", "HOST", "STATE", "STATUS", "VCPUS", "MEMORY", "UPTIME", "ADDRESSES", "READY")


@click.command()
@takes("state", "hosts", "policy", *REMOTE, "only", "untrusted", "color", "verbose", "quiet")
@resources_of_source
@click.option("--output", "-o", "form", default="text", show_default=True, help="text, wide or json.")
def command(common: Common, source: str, *, form: str) -> int:
    """Shows every resource: declared, observed, drift, what waits for a restart, the last outcome.

    Wide shows what guests have, since when they run, how they are reached and whether they are ready.
    """
    one_of("--output", form, ("text", "wide", "json"))
    wide = form == "wide"
    common = replace(common, output="text" if wide else form)
    common, desired = located(common, source)
    with (
        looking(common, desired, common.options()) as (planned, hosts),
        common.store(planned.desired, readonly=True) as store,
    ):
        facts = guest_facts(planned, store, hosts) if wide or common.json else {}
        rows = status_rows(planned, store, facts)
    made = planned.plan
    if common.json:
        common.say_json(json.document(kind="status", unreachable=made.unreachable, resources=rows))
    else:
        cells = [_wide_cells(row, planned.world.now) if wide else _cells(row) for row in rows]
        for line in table(_WIDE if wide else _COLUMNS, cells):
            common.say(line)
        for row in rows:
            waits = (f"held back: {why}" for why in row["waits"] if row["status"] != "suspended")
            for line in (row["problem"], *waits, *map(not_kept, dropped(row))):
                if line:
                    common.say(f"{row['address']}: {line}")
    return FAILED if made.unreachable else OK


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
