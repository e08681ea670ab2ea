"""status: every resource, what is declared and what is observed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import click

from reconciler.cli.common import Common, takes
from reconciler.cli.ends import FAILED, OK
from reconciler.cli.options import TREE, one_of
from reconciler.cli.plan import looking
from reconciler.compare.model import Cause
from reconciler.engine.session import Connections, Planned
from reconciler.plan.model import Verdict
from reconciler.plan.world import World
from reconciler.report import json
from reconciler.report.table import table
from specs.desired import Desired
from specs.identity import Address, Kind
from state.journal import ActionEntry

_COLUMNS = ("RESOURCE", "HOST", "DECLARED", "OBSERVED", "STATUS", "LAST")
_WIDE = ("RESOURCE", "HOST", "STATE", "STATUS", "VCPUS", "MEMORY", "UPTIME", "ADDRESSES", "READY")

Facts = Mapping[Address, dict[str, Any]]
"""What a wide view and JSON tell of each domain beside its state."""


@click.command()
@takes(*TREE, "only", "untrusted", "color", "verbose", "quiet")
@click.option("--output", "-o", "form", default="text", show_default=True, help="text, wide or json.")
def command(common: Common, form: str) -> int:
    """Shows every resource: declared, observed, drift, what waits for a restart, the last outcome.

    Wide shows what guests have, since when they run, how they are reached and whether they are ready.
    """
    one_of("--output", form, ("text", "wide", "json"))
    wide = form == "wide"
    common = replace(common, output="text" if wide else form)
    desired = common.desired()
    with looking(common, desired, common.options()) as (planned, connections):
        desired = planned.desired
        facts = _facts(common, desired, planned, connections) if wide or common.json else {}
    with common.store(desired, readonly=True) as store:
        last = store.last_outcomes()
    made, world = planned.plan, planned.world
    rows = [_row(verdict, desired, world, last) | facts.get(verdict.address, {}) for verdict in made.verdicts]
    if common.json:
        common.say_json(json.document(kind="status", unreachable=made.unreachable, resources=rows))
    else:
        cells = [_wide_cells(row, world.now) if wide else _cells(row) for row in rows]
        for line in table(_WIDE if wide else _COLUMNS, cells):
            common.say(line)
        for verdict in made.verdicts:
            if verdict.problem:
                common.say(f"{verdict.address}: {verdict.problem}")
    return FAILED if made.unreachable else OK


def _row(verdict: Verdict, desired: Desired, world: World, last: Mapping[str, ActionEntry]) -> dict[str, Any]:
    declared = desired.resources.get(verdict.address)
    known = declared or world.records.get(verdict.address)
    seen = world.observation(verdict.host, verdict.address.kind, known.native) if known else None
    observed = str(seen.power) if seen and seen.power else "present" if seen else "absent"
    return {
        "address": verdict.address,
        "host": verdict.host,
        "declared": verdict.declared_power or ("present" if declared else "-"),
        "observed": observed if verdict.host in world.inventories else "unknown",
        "status": _condition(verdict),
        "last": _last(last.get(str(verdict.address))),
        "problem": verdict.problem,
        "pending": verdict.pending,
        "rewritten": verdict.rewritten,
    }


def _facts(common: Common, desired: Desired, planned: Planned, connections: Connections) -> Facts:
    from reconciler.engine.guests import GuestView, ask_guests
    from reconciler.report.guests import POWER_VERBS, size_of, started_at

    selected = (desired.resources.get(verdict.address) for verdict in planned.plan.verdicts)
    domains = [declared for declared in selected if declared and declared.address.kind is Kind.DOMAIN]
    views = ask_guests(domains, planned.world, connections.drivers)
    with common.store(desired, readonly=True) as store:
        power = store.last_outcomes(POWER_VERBS)
    facts: dict[Address, dict[str, Any]] = {}
    for declared in domains:
        seen = planned.world.of(declared)
        size = size_of(seen) if seen else None
        view = views.get(declared.address, GuestView())
        facts[declared.address] = {
            "vcpus": size.vcpus if size else None,
            "memory_kib": size.memory_kib if size else None,
            "started": started_at(seen, power.get(str(declared.address))),
            "addresses": view.addresses,
            "ready": None if view.ready is None else "ready" if view.ready else "waiting",
        }
    return facts


def _cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(row[key]) for key in ("address", "host", "declared", "observed", "status", "last"))


def _wide_cells(row: Mapping[str, Any], now: float) -> tuple[str, ...]:
    from reconciler.report.guests import age
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
