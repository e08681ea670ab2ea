"""apply: converges, after asking."""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.cli import converge
from reconciler.cli.common import Common, takes
from reconciler.cli.options import DECIDING, DOING, PATH, SHOWING
from reconciler.faults import Fault

YES = click.option("--yes", "-y", is_flag=True, help="Does not ask.")


@click.command()
@takes("state", "hosts", "policy", *DECIDING, "prune", "allow_shrink", *DOING, *SHOWING)
@click.argument(
    "tree", metavar="[TREE]", type=PATH, required=False, help="The folder of desired-state files."
)
@click.option("--plan", "file", type=PATH, help="A plan that plan --out saved.")
@YES
def command(common: Common, tree: Path | None, file: Path | None, *, yes: bool) -> int:
    """Shows the plan, asks, and makes the hosts as declared. Twice in a row, the second does nothing."""
    if (tree is None) == (file is None):
        raise Fault("apply takes a TREE, or --plan FILE")
    if file is not None:
        return _saved(common, file, yes=yes)
    assert tree is not None
    common = common.at(tree)
    return converge.converge(
        common,
        common.options(),
        yes=yes,
        allow_data_loss=common.allow_data_loss,
        parallel=common.parallel,
    )


def _saved(common: Common, file: Path, *, yes: bool) -> int:
    from reconciler.cli import saved

    _require_no_other_plan(common)
    opened = saved.open_saved(file, common)
    return converge.converge(
        opened.common,
        saved.options_now(opened),
        yes=yes,
        allow_data_loss=common.allow_data_loss,
        parallel=common.parallel,
        settle=lambda planned, store: saved.as_saved(opened, planned, store),
        saved=opened.id,
    )


def _require_no_other_plan(common: Common) -> None:
    given = {
        "--host": bool(common.hosts),
        "--only": bool(common.only),
        "--prune": common.prune is not None,
        "--max-deletions": common.max_deletions is not None,
        "--accept-host": bool(common.accepted),
        "--allow-shrink": common.allow_shrink,
    }
    names = [name for name, is_given in given.items() if is_given]
    if names:
        raise Fault(
            f"{', '.join(names)} would change the plan, and --plan is executed as it was saved; give"
            f" {'it' if len(names) == 1 else 'them'} to plan --out"
        )
