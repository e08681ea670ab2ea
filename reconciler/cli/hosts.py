"""hosts: how each host is, how full, and what it can do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import click

from drivers.base import Capabilities
from reconciler.cli.common import Common, takes
from reconciler.cli.ends import FAILED, OK
from reconciler.cli.options import REMOTE, SHOWING
from reconciler.cli.source import located
from reconciler.cli.words import TREE_OR_URL
from reconciler.engine.hosts import connect
from reconciler.engine.hostviews import host_notes, host_rows
from reconciler.engine.look import abilities, look
from reconciler.engine.matrix import row_of
from reconciler.report import json
from reconciler.report.glance import hosts_summed_up, hosts_table
from reconciler.report.table import telling
from specs.matrix.model import Ability, Hypervisor, WhileRunning
from specs.matrix.words import limits, named

_WIDE = ("ARCH", "TYPES", "URI", "CANNOT", "CHANGES WHILE IT RUNS", "LIMITS", "KINDS")


@click.command()
@takes("hosts", "policy", *REMOTE, *SHOWING, wide=True)
@TREE_OR_URL
def command(common: Common, source: str) -> int:
    """Shows every host: its state, what runs there, how full it is, its hypervisor.

    GUESTS are those that run, of all; VCPUS what these have, of the host's CPUs. With -o wide, what the host
    can do, and change of what runs, too: its row of the matrix.
    """
    common, desired = located(common, source)
    declared = desired.hosts
    connections = connect(declared, desired.root, readonly=True, guard=desired.guard)
    observed = look(connections)
    found, silent = abilities(connections.drivers)
    failed = {**observed.unreachable, **silent}
    found = {name: known for name, known in found.items() if name not in failed}
    matrix = {name: row_of(connections.drivers[name], known) for name, known in found.items()}
    connections.close()
    rows = host_rows(declared, found, observed.inventories)
    if common.json:
        load = {row.pop("name"): row for row in rows}
        told = {"hosts": found, "matrix": _told(matrix), "load": load, "unreachable": failed}
        common.say_json(json.document(kind="hosts", **told))
    else:
        header, cells = hosts_table(rows)
        if common.wide:
            more = [_wide(row, found.get(row["name"]), matrix.get(row["name"])) for row in rows]
            both = [(*cell, *added) for cell, added in zip(cells, more, strict=True)]
            header, cells = telling((*header, *_WIDE), both)
        common.say_table(header, cells, fitted=not common.wide)
        common.say_notes(_notes(failed, host_notes(declared)))
        common.say()
        common.say(common.paint()("bold", hosts_summed_up(rows)))
    return FAILED if failed else OK


def _notes(failed: Mapping[str, str], notes: Mapping[str, str]) -> Sequence[str]:
    return (
        *(f"{name}: cannot be reached: {message}" for name, message in sorted(failed.items())),
        *(f"{name}: {note}" for name, note in notes.items()),
    )


def _wide(row: Mapping[str, Any], known: Capabilities | None, can: Hypervisor | None) -> tuple[str, ...]:
    if known is None or can is None:
        return ("-", "-", row["uri"], "-", "-", "-", "-")
    return (
        known.arch,
        ",".join(known.domain_types),
        row["uri"],
        named(set(Ability) - can.can, Ability),
        named(can.live, WhileRunning),
        "; ".join(limits(can)),
        ",".join(sorted(known.kinds)),
    )


def _told(matrix: Mapping[str, Hypervisor]) -> Mapping[str, Mapping[str, object]]:
    """The rows of hosts, as JSON has them."""
    return {
        name: {
            "family": row.family,
            "title": row.title,
            "kinds": sorted(row.kinds),
            "can": [each for each in Ability if each in row.can],
            "live": [each for each in WhileRunning if each in row.live],
            "limits": list(limits(row)),
            "seeds": sorted(row.seeds),
            "proven": row.proven,
        }
        for name, row in sorted(matrix.items())
    }
