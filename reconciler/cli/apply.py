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
    Policy,
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
    policy: Policy = None,
    output: Output = "text",
    color: Color = "auto",
    verbose: Verbose = False,
    quiet: Quiet = False,
) -> None:
    """Shows the plan, asks, and makes the hosts as declared. Twice in a row, the second does nothing."""
    if (tree is None) == (plan is None):
        raise Fault("apply takes a TREE, or --plan FILE")
    if plan is not None:
        given = {
            "--host": host,
            "--only": only,
            "--prune": prune,
            "--max-deletions": max_deletions,
            "--accept-host": accept_host,
            "--allow-shrink": allow_shrink or None,
        }
        _require_no_other_plan([name for name, value in given.items() if value is not None])
        from reconciler.cli import saved

        opened = saved.open_saved(plan, Common(Path(), state, (), (), output, color, verbose, quiet, policy))
        raise typer.Exit(
            converge.converge(
                opened.common,
                saved.options_now(opened),
                yes=yes,
                allow_data_loss=allow_data_loss,
                parallel=parallel,
                settle=lambda planned, store: saved.as_saved(opened, planned, store),
                saved=opened.id,
            )
        )
    assert tree is not None
    common = gather(tree, state, host, only, output, color, verbose, quiet, policy)
    options = common.options(
        prune=prune, max_deletions=max_deletions, allow_shrink=allow_shrink, accepted=accept_host
    )
    raise typer.Exit(
        converge.converge(common, options, yes=yes, allow_data_loss=allow_data_loss, parallel=parallel)
    )


def _require_no_other_plan(given: list[str]) -> None:
    if given:
        raise Fault(
            f"{', '.join(given)} would change the plan, and --plan is executed as it was saved; give"
            f" {'it' if len(given) == 1 else 'them'} to plan --out"
        )
