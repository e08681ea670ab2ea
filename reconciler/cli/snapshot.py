"""snapshot: keeps what guests are now, and drops what was kept."""

from __future__ import annotations

import click

from reconciler.cli.apply import YES
from reconciler.cli.common import Common, takes
from reconciler.cli.named import NAMES, names_and_tree
from reconciler.cli.options import REMOTE, SHOWING
from reconciler.cli.snapshotting import SnapshotGiven, ask_for
from reconciler.faults import Fault
from reconciler.plan.asked_snapshots import SnapshotVerb


@click.command()
@takes("state", "hosts", "policy", *REMOTE, "parallel", *SHOWING)
@NAMES
@click.option("--name", default="", metavar="NAME", help="How it is called; by its moment by default.")
@click.option("--description", default="", help="What it is for.")
@click.option("--list", "listed", is_flag=True, help="Shows those that there are, as snapshots does.")
@click.option("--delete", default="", metavar="NAME", help="Removes one; the guest stays as it is.")
@YES
def command(
    common: Common,
    words: tuple[str, ...],
    *,
    name: str,
    description: str,
    listed: bool,
    delete: str,
    yes: bool,
) -> int:
    """Keeps what guests are now: disks, and memory while they run.

    It lies within the guest's own disks, which have to be qcow2; a guest that runs is paused while it is
    written. revert goes back to it.
    """
    names, source = names_and_tree(words)
    if bool(delete) + listed + bool(name or description) > 1:
        raise Fault("--list, --delete and --name are three things: give one of them")
    if listed:
        from reconciler.cli.snapshots import show

        return show(common, names, source)
    verb = SnapshotVerb.DROP if delete else SnapshotVerb.TAKE
    return ask_for(common, SnapshotGiven(verb, names, source, delete or name, description, yes=yes))
