"""diff: the documents themselves, as they are and as they would be."""

from __future__ import annotations

import click

from reconciler.cli.common import Common, takes
from reconciler.cli.ends import FAILED, OK
from reconciler.cli.options import REMOTE, SHOWING
from reconciler.cli.plan import dry_run
from reconciler.cli.source import TREE_OR_URL, located
from reconciler.operations import Define, Migrate
from reconciler.report import json
from reconciler.report.paint import Paint
from reconciler.report.xmldiff import xml_diff


@click.command()
@takes("state", "hosts", "policy", *REMOTE, "only", "untrusted", *SHOWING)
@TREE_OR_URL
def command(common: Common, source: str) -> int:
    """Shows a unified XML difference per resource: observed, and as it would be defined."""
    common, desired = located(common, source)
    planned = dry_run(common, desired, common.options())
    paint = Paint() if common.json else common.paint()
    shown = []
    for action in planned.plan.actions:
        operation = action.operation
        if not isinstance(operation, Define | Migrate) or not operation.document:
            continue
        seen = planned.world.observation(action.found_on, action.address.kind, action.native)
        observed = seen.document if seen else None
        lines = list(xml_diff(str(action.address), observed, operation.document, paint))
        shown.append({"address": action.address, "diff": lines})
        if not common.json:
            for line in lines:
                common.say(line)
    if common.json:
        common.say_json(json.document(kind="diff", resources=shown))
    for name, message in sorted(planned.plan.unreachable.items()):
        common.tell(f"error: host {name} cannot be reached: {message}")
    return FAILED if planned.plan.unreachable else OK
