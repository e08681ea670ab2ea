"""approve: lets a commit in that waits."""

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
@click.option("--reason", default="", help="Why; it is kept with the decision.")
@click.option("--undo", is_flag=True, help="Takes that back, as long as the commit is not in force.")
@AUTHOR
def command(common: Common, commit: str, source: str, *, reason: str, undo: bool, author: str) -> None:
    """Lets a commit in that waits, where the Fleet says `approval: required`.

    It comes in force with the next look of `run`, if it is good. Until then the last approved one is in
    force, and what drifts from that is healed.
    """
    common = placed(common, source)
    desired = identity_of(common)
    with common.store(desired, readonly=False) as store:
        meant = commit_meant(commit, common, store)
        if not undo:
            store.decide(Verb.APPROVE, meant, author_of(author), reason)
        elif not store.end_decision(Verb.APPROVE, meant, author_of(author)):
            raise Fault(f"commit {meant} is not approved")
    common.tell(f"commit {meant} is {'not approved any more' if undo else 'approved'}")
    if not desired.fleet.approval:
        common.tell("note: this fleet waits for no approval (approval: required in the Fleet)")
