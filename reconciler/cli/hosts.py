"""hosts: what each host is and can do."""

from __future__ import annotations

import typer

from reconciler.cli.common import (
    FAILED,
    Color,
    Hosts,
    Output,
    Policy,
    Quiet,
    Tree,
    Verbose,
    gather,
)
from reconciler.engine import session
from reconciler.report import json
from reconciler.report.table import table
from specs.units import format_size

_COLUMNS = ("HOST", "URI", "VERSION", "ARCH", "TYPES", "CPUS", "MEMORY", "KINDS")


def command(
    tree: Tree,
    host: Hosts = None,
    policy: Policy = None,
    output: Output = "text",
    color: Color = "auto",
    verbose: Verbose = False,
    quiet: Quiet = False,
) -> None:
    """Shows every host: its hypervisor, and what it can hold."""
    common = gather(tree, "", host, None, output, color, verbose, quiet, policy)
    desired = common.desired()
    declared = desired.hosts
    connections = session.connect(declared, desired.root, readonly=True, guard=desired.guard)
    found, silent = session.abilities(connections.drivers)
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
    if failed:
        raise typer.Exit(FAILED)
