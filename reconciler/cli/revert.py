"""revert: brings back what a guest was."""

from __future__ import annotations

import click

from reconciler.cli.apply import YES
from reconciler.cli.common import Common, takes
from reconciler.cli.named import names_and_tree
from reconciler.cli.options import REMOTE, SHOWING
from reconciler.cli.snapshotting import SnapshotGiven, ask_for
from reconciler.faults import Fault
from reconciler.plan.asked_snapshots import SnapshotVerb


@click.command()
@takes("state", "hosts", "policy", *REMOTE, "allow_data_loss", *SHOWING)
@click.argument(
    "words",
    metavar="NAME [SNAPSHOT] [TREE]",
    nargs=-1,
    required=True,
    help="The guest; the snapshot, by default the latest that somebody took; the tree, else this folder.",
)
@click.option("--no-safety-snapshot", is_flag=True, help="Takes no other snapshot before it.")
@YES
def command(common: Common, words: tuple[str, ...], *, no_safety_snapshot: bool, yes: bool) -> int:
    """Brings back what a guest was when a snapshot was taken; what came since is lost.

    Its name has to be typed, unless --allow-data-loss is given. Another snapshot is taken first
    (vr-safety-…), so that there is a way back. The definition of then comes back too: plan shows what
    differs from the files, and apply heals it.
    """
    names, source = names_and_tree(words)
    if len(names) > 2:
        raise Fault("too many words: revert NAME [SNAPSHOT] [TREE]")
    guest, snapshot = (*names, "")[:2]
    given = SnapshotGiven(
        SnapshotVerb.REVERT, (guest,), source, snapshot, safely=not no_safety_snapshot, yes=yes
    )
    return ask_for(common, given)
