"""unpin: lets the fleet follow its source again."""

from __future__ import annotations

import click

from reconciler.cli.common import Common, takes
from reconciler.cli.deciding import AUTHOR, author_of
from reconciler.cli.options import REMOTE
from reconciler.cli.source import identity_of, placed
from reconciler.cli.words import TREE_OR_URL
from reconciler.faults import Fault
from state.decisions import Verb


@click.command()
@takes("state", "hosts", "policy", *REMOTE, "quiet")
@TREE_OR_URL
@AUTHOR
def command(common: Common, source: str, *, author: str) -> None:
    """Ends a pin: `run` follows the newest commit again."""
    common = placed(common, source)
    with common.store(identity_of(common), readonly=False) as store:
        if not store.end_decision(Verb.PIN, "", author_of(author)):
            raise Fault("the fleet is not pinned")
    common.tell("the fleet is not pinned any more; the newest good commit comes in force")
