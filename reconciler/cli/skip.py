"""skip: never applies a commit."""

from __future__ import annotations

import click

from reconciler.cli.common import Common, takes
from reconciler.cli.deciding import AUTHOR, author_of
from reconciler.cli.options import REMOTE
from reconciler.cli.source import commit_meant, identity_of, placed
from reconciler.cli.words import named
from reconciler.faults import Fault
from state.decisions import Verb


@click.command()
@takes("state", "hosts", "policy", *REMOTE, "quiet")
@named("commit", "COMMIT", "Its hash, or the beginning of it.", urls=True)
@click.option("--reason", default="", help="Why; whoever meets it is told.")
@click.option("--undo", is_flag=True, help="Takes that back.")
@AUTHOR
def command(common: Common, commit: str, source: str, *, reason: str, undo: bool, author: str) -> None:
    """Never applies a commit: the one before stays in force, or comes back.

    The next commit comes in force as ever.
    """
    common = placed(common, source)
    with common.store(identity_of(common), readonly=False) as store:
        meant = commit_meant(commit, common, store)
        if not undo:
            store.decide(Verb.SKIP, meant, author_of(author), reason)
        elif not store.end_decision(Verb.SKIP, meant, author_of(author)):
            raise Fault(f"commit {meant} is not skipped")
    common.tell(f"commit {meant} is {'not skipped any more' if undo else 'skipped'}")
