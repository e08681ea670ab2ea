"""apply: converges, after asking."""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.cli import converge
from reconciler.cli.common import Common, takes
from reconciler.cli.options import DECIDING, DOING, PATH, SHOWING
from reconciler.cli.words import TREE_AND_RESOURCES, over_folder
from reconciler.faults import Fault
from specs.reading.walking import SUFFIXES

YES = click.option("--yes", "-y", is_flag=True, help="Does not ask.")


@click.command()
@takes(
    "state", "hosts", "policy", *DECIDING, "prune", "allow_shrink", *DOING, "dry_run", "detailed", *SHOWING
)
@TREE_AND_RESOURCES
@click.option("--plan", "file", type=PATH, help="A plan that plan --out saved; or give the file as TREE.")
@YES
def command(common: Common, words: tuple[str, ...], file: Path | None, *, yes: bool) -> int:
    """Shows the plan, asks, and makes the hosts as declared. Twice in a row, the second does nothing."""
    if file is None and len(words) == 1 and _is_plan(words[0]):
        file, words = Path(words[0]), ()
    if file is not None:
        if words:
            raise Fault(f"a saved plan knows its tree: leave out {' '.join(words)}")
        return _saved(common, file, yes=yes)
    common = over_folder(common, words)
    return converge.converge(
        common,
        common.options(),
        yes=yes,
        allow_data_loss=common.allow_data_loss,
        parallel=common.parallel,
    )


def _is_plan(word: str) -> bool:
    """Whether a word is a file that may be a saved plan: one of a tree is none."""
    return Path(word).is_file() and Path(word).suffix not in SUFFIXES


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
