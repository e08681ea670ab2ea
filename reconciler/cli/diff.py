"""diff: the documents themselves, as they are and as they would be."""

from __future__ import annotations

from collections.abc import Iterator

import click

from reconciler.cli.common import Common, takes
from reconciler.cli.options import REMOTE, SHOWING
from reconciler.cli.plan import dry_run, ended
from reconciler.cli.source import located
from reconciler.cli.words import resources_of_source
from reconciler.compare.model import Difference
from reconciler.engine.round import Planned
from reconciler.operations import Define, Migrate
from reconciler.operations.base import Evidence
from reconciler.plan.model import Plan
from reconciler.report import json
from reconciler.report.livediff import live_diff
from reconciler.report.paint import Paint
from reconciler.report.xmldiff import xml_diff
from specs.identity import Address


@click.command()
@takes("state", "hosts", "policy", *REMOTE, "only", "untrusted", "detailed", *SHOWING)
@resources_of_source
def command(common: Common, source: str) -> int:
    """Shows a unified XML difference per resource: observed, and as it would be defined."""
    common, desired = located(common, source, valid=True)
    planned = dry_run(common, desired, common.options())
    paint = common.paint()
    shown = []
    for address, lines in (*_definitions(planned, paint), *_running(planned.plan, paint)):
        shown.append({"address": address, "diff": lines})
        if not common.json:
            common.say_block(lines, "diff")
    if common.json:
        common.say_json(json.document(kind="diff", resources=shown))
    for name, message in sorted(planned.plan.unreachable.items()):
        common.tell(f"error: host {name} cannot be reached: {message}")
    return ended(planned.plan, detailed=common.detailed)


Shown = tuple[Address, list[str]]


def _definitions(planned: Planned, paint: Paint) -> Iterator[Shown]:
    for action in planned.plan.actions:
        operation = action.operation
        if isinstance(operation, Define | Migrate) and operation.document:
            seen = planned.world.observation(action.found_on, action.address.kind, action.native)
            observed = seen.document if seen else None
            yield action.address, list(xml_diff(str(action.address), observed, operation.document, paint))


def _running(plan: Plan, paint: Paint) -> Iterator[Shown]:
    """What only runs otherwise: what is made live with a definition is seen there."""
    defined = {
        (action.address, each.path)
        for action in plan.actions
        if isinstance(action.operation, Define | Migrate)
        for each in action.reasons
    }
    live: dict[Address, list[Difference]] = {}
    for action in plan.actions:
        if action.operation.shows is Evidence.LIVE:
            live.setdefault(action.address, []).extend(action.reasons)
    for verdict in plan.verdicts:
        live.setdefault(verdict.address, []).extend(verdict.pending)
    for address, found in live.items():
        alone = [each for each in dict.fromkeys(found) if (address, each.path) not in defined]
        if alone:
            yield address, list(live_diff(str(address), alone, paint))
