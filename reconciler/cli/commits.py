"""commits: what became of the commits that `run` saw."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from reconciler.cli.common import Common, takes
from reconciler.cli.options import REMOTE, SHOWING
from reconciler.cli.source import identity_of, placed
from reconciler.cli.words import TREE_OR_URL
from reconciler.report import json


@click.command()
@takes("state", "hosts", "policy", *REMOTE, *SHOWING)
@TREE_OR_URL
@click.option("--limit", type=click.IntRange(min=1, max=200), default=20, show_default=True, help="How many.")
def command(common: Common, source: str, *, limit: int) -> None:
    """Shows the commits that `run` saw, newest first: in force, waiting, skipped, refused and why.

    Of a folder, a commit is the state of its files.
    """
    common = placed(common, source)
    with common.store(identity_of(common), readonly=True) as store:
        found = store.commits(limit)
    if common.json:
        common.say_json(json.document(kind="commits", commits=found))
        return
    rows = [(n.commit[:12], n.status, _clock(n.seen), n.title, n.author) for n in found]
    if found:
        columns = ("COMMIT", "STATUS", "SEEN", "TITLE", "AUTHOR")
        common.say_table(columns, rows, beneath=[note.problems for note in found])
    else:
        common.tell("no commit was seen yet: `run` notes them")


def _clock(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")
