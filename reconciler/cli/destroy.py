"""destroy: plans the removal of what the tree declares and we own."""

from __future__ import annotations

import click

from reconciler.cli import converge
from reconciler.cli.apply import YES
from reconciler.cli.common import Common, takes
from reconciler.cli.options import DECIDING, DOING, SHOWING
from reconciler.cli.words import resources_of_folder


@click.command()
@takes("state", "hosts", "policy", *DECIDING, *DOING, "dry_run", "detailed", *SHOWING)
@resources_of_folder
@YES
def command(common: Common, yes: bool) -> int | None:
    """Removes what the tree declares and we own, behind the same guards as pruning."""
    return converge.converge(
        common,
        common.options(destroy=True),
        yes=yes,
        allow_data_loss=common.allow_data_loss,
        parallel=common.parallel,
        name="destroy",
    )
