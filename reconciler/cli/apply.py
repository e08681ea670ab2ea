"""apply: converges, after asking."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from reconciler.cli import converge
from reconciler.cli.common import (
    Accepted,
    Color,
    Common,
    DataLoss,
    Deletions,
    Fault,
    Hosts,
    Only,
    Output,
    Parallel,
    Prune,
    Quiet,
    Shrink,
    State,
    Verbose,
    gather,
)

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Does not ask.")]


def command(
    tree: Annotated[
        Path | None, typer.Argument(metavar="[TREE]", help="The folder of desired-state files.")
    ] = None,
    plan: Annotated[Path | None, typer.Option("--plan", help="A plan that plan --out saved.")] = None,
    yes: Yes = False,
    state: State = "",
    host: Hosts = None,
    only: Only = None,
    allow_data_loss: DataLoss = False,
    prune: Prune = None,
    max_deletions: Deletions = None,
    accept_host: Accepted = None,
    allow_shrink: Shrink = False,
    parallel: Parallel = None,
    output: Output = "text",
    color: Color = "auto",
    verbose: Verbose = False,
    quiet: Quiet = False,
) -> None:
    """Shows the plan, asks, and makes the hosts as declared. Twice in a row, the second does nothing."""
    if (tree is None) == (plan is None):
        raise Fault("apply takes a TREE, or --plan FILE")
    if plan is not None:
        from reconciler.cli import saved

        known = saved.read(plan)
        common = Common(
            Path(known.tree), state or known.state, known.hosts, (), output, color, verbose, quiet
        )
        raise typer.Exit(
            converge.converge(
                common,
                known.options,
                yes=yes,
                allow_data_loss=allow_data_loss,
                parallel=parallel,
                require=lambda p: saved.require_fresh(known, p),
            )
        )
    assert tree is not None
    common = gather(tree, state, host, only, output, color, verbose, quiet)
    options = common.options(
        prune=prune, max_deletions=max_deletions, allow_shrink=allow_shrink, accepted=accept_host
    )
    raise typer.Exit(
        converge.converge(common, options, yes=yes, allow_data_loss=allow_data_loss, parallel=parallel)
    )
