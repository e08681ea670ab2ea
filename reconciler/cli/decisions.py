"""decisions: what people decided beside the files."""

from __future__ import annotations

import click

from reconciler.cli.common import Common, takes
from reconciler.cli.options import REMOTE, SHOWING
from reconciler.cli.source import located
from reconciler.cli.words import TREE_OR_URL
from reconciler.report import json
from reconciler.report.decisions import COLUMNS, decision_rows


@click.command()
@takes("state", "hosts", "policy", *REMOTE, *SHOWING)
@TREE_OR_URL
@click.option("--past", is_flag=True, help="Also shows those that are over.")
def command(common: Common, source: str, *, past: bool) -> None:
    """Shows what people decided beside the files: who, since when, until when and why."""
    common, desired = located(common, source)
    with common.store(desired, readonly=True) as store:
        found = store.decisions(past=past)
    if common.json:
        common.say_json(json.document(kind="decisions", decisions=found))
        return
    if found:
        common.say_table(COLUMNS, decision_rows(found))
    else:
        common.tell("nothing was decided" if past else "no decision is in force")
