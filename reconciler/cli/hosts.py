"""hosts: what each host is and can do."""

from __future__ import annotations

import click

from reconciler.cli.common import Common, takes
from reconciler.cli.ends import FAILED, OK
from reconciler.cli.options import REMOTE, SHOWING
from reconciler.cli.source import TREE_OR_URL, located
from reconciler.engine.hosts import connect
from reconciler.engine.look import abilities
from reconciler.report import json
from reconciler.report.table import table
from specs.units import format_size

_COLUMNS = ("HOST", "URI", "VERSION", "ARCH", "TYPES", "CPUS", "MEMORY", "KINDS")


@click.command()
@takes("hosts", "policy", *REMOTE, *SHOWING)
@TREE_OR_URL
def command(common: Common, source: str) -> int:
    """Shows every host: its hypervisor, and what it can hold."""
    common, desired = located(common, source)
    declared = desired.hosts
    connections = connect(declared, desired.root, readonly=True, guard=desired.guard)
    found, silent = abilities(connections.drivers)
    failed = {**connections.unreachable, **silent}
    connections.close()
    if common.json:
        common.say_json(json.document(kind="hosts", hosts=found, unreachable=failed))
    else:
        rows = [
            (
                name,
                declared[name].uri,
                known.version,
                known.arch,
                ",".join(known.domain_types),
                str(known.cpus),
                format_size(known.memory_kib * 1024),
                ",".join(sorted(known.kinds)),
            )
            for name, known in sorted(found.items())
        ]
        for line in table(_COLUMNS, rows):
            common.say(line)
        for name, message in sorted(failed.items()):
            common.say(f"{name}: cannot be reached: {message}")
    return FAILED if failed else OK
