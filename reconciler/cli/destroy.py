"""destroy: plans the removal of what the tree declares and we own."""

from __future__ import annotations

import typer

from reconciler.cli import converge
from reconciler.cli.apply import Yes
from reconciler.cli.common import (
    Accepted,
    Color,
    DataLoss,
    Deletions,
    Hosts,
    Only,
    Output,
    Parallel,
    Policy,
    Quiet,
    State,
    Tree,
    Verbose,
    gather,
)


def command(
    tree: Tree,
    yes: Yes = False,
    state: State = "",
    host: Hosts = None,
    only: Only = None,
    allow_data_loss: DataLoss = False,
    max_deletions: Deletions = None,
    accept_host: Accepted = None,
    parallel: Parallel = None,
    policy: Policy = None,
    output: Output = "text",
    color: Color = "auto",
    verbose: Verbose = False,
    quiet: Quiet = False,
) -> None:
    """Removes what the tree declares and we own, behind the same guards as pruning."""
    common = gather(tree, state, host, only, output, color, verbose, quiet, policy)
    options = common.options(max_deletions=max_deletions, destroy=True, accepted=accept_host)
    raise typer.Exit(
        converge.converge(
            common, options, yes=yes, allow_data_loss=allow_data_loss, parallel=parallel, name="destroy"
        )
    )
