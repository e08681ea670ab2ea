"""pin: holds the fleet at a commit."""

from __future__ import annotations

import click

from reconciler.cli.common import Common, takes
from reconciler.cli.deciding import AUTHOR, author_of, expiry_of
from reconciler.cli.options import REMOTE
from reconciler.cli.source import commit_meant, identity_of, placed
from reconciler.cli.words import named
from reconciler.report.decisions import until
from state.commits import CommitStatus
from state.decisions import Verb


@click.command()
@takes("state", "hosts", "policy", *REMOTE, "quiet")
@named("commit", "COMMIT", "Its hash, or the beginning of it.", urls=True)
@click.option("--reason", required=True, help="Why; whoever meets it is told.")
@click.option("--for", "duration", default="", metavar="DURATION", help="For how long, such as 2h.")
@click.option("--until", "moment", default="", metavar="TIME", help="Until when, such as 2026-11-28T06:00.")
@AUTHOR
def command(
    common: Common, commit: str, source: str, *, reason: str, duration: str, moment: str, author: str
) -> None:
    """Holds the fleet at a commit: `run` goes there, and newer ones wait until it is unpinned.

    A rollback that the next fetch does not undo. What the commit does not pass, such as the checks of its
    files, is told by `run`, and the last good one stays in force.
    """
    expires = expiry_of(duration, moment)
    common = placed(common, source)
    with common.store(identity_of(common), readonly=False) as store:
        meant = commit_meant(commit, common, store)
        decided = store.decide(Verb.PIN, meant, author_of(author), reason, expires)
        refused = [n for n in store.commits(200) if n.commit == meant and n.status is CommitStatus.REFUSED]
    common.tell(f"the fleet is pinned at {meant}{until(decided)}; unpin ends that")
    if refused:
        common.tell(f"note: it was refused before: {'; '.join(refused[0].problems)}")
