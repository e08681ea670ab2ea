"""hosts: what each host is and can do."""

from __future__ import annotations

from collections.abc import Mapping

import click

from drivers.base import Capabilities
from reconciler.cli.common import Common, takes
from reconciler.cli.ends import FAILED, OK
from reconciler.cli.options import REMOTE, SHOWING
from reconciler.cli.source import located
from reconciler.cli.words import TREE_OR_URL
from reconciler.engine.hosts import connect
from reconciler.engine.look import abilities
from reconciler.engine.matrix import row_of
from reconciler.report import json
from specs.matrix.model import Ability, Hypervisor, WhileRunning
from specs.matrix.words import limits, named
from specs.units import format_size

_COLUMNS = ("HOST", "URI", "VERSION", "ARCH", "TYPES", "CPUS", "MEMORY")
_WIDE = ("CANNOT", "CHANGES WHILE IT RUNS", "LIMITS")


@click.command()
@takes("hosts", "policy", *REMOTE, *SHOWING, wide=True)
@TREE_OR_URL
def command(common: Common, source: str) -> int:
    """Shows every host: its hypervisor, and what it can hold.

    With -o wide, what it can do, and change of what runs, too: the host's row of the matrix.
    """
    common, desired = located(common, source)
    declared = desired.hosts
    connections = connect(declared, desired.root, readonly=True, guard=desired.guard)
    found, silent = abilities(connections.drivers)
    failed = {**connections.unreachable, **silent}
    matrix = {name: row_of(connections.drivers[name], known) for name, known in found.items()}
    connections.close()
    if common.json:
        common.say_json(json.document(kind="hosts", hosts=found, matrix=_told(matrix), unreachable=failed))
    else:
        rows = [_row(declared[name].uri, name, known) for name, known in sorted(found.items())]
        if common.wide:
            rows = [(*row[:-1], *_wide(matrix[row[0]]), row[-1]) for row in rows]
        common.say_table((*_COLUMNS, *(_WIDE if common.wide else ()), "KINDS"), rows)
        common.say_notes(f"{name}: cannot be reached: {message}" for name, message in sorted(failed.items()))
    return FAILED if failed else OK


def _row(uri: str, name: str, known: Capabilities) -> tuple[str, ...]:
    return (
        name,
        uri,
        known.version,
        known.arch,
        ",".join(known.domain_types),
        str(known.cpus),
        format_size(known.memory_kib * 1024),
        ",".join(sorted(known.kinds)),
    )


def _wide(row: Hypervisor) -> tuple[str, ...]:
    return named(set(Ability) - row.can, Ability), named(row.live, WhileRunning), "; ".join(limits(row))


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
