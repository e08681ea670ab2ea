"""release: gives back what the fleet owns; it stays on its host as it is."""

from __future__ import annotations

from dataclasses import replace

import click

from reconciler.cli import converge
from reconciler.cli.apply import YES
from reconciler.cli.common import Common, takes
from reconciler.cli.options import SHOWING, TREE
from reconciler.engine.round import Planned
from reconciler.faults import Fault
from state import OpenState


@click.command()
@takes(*TREE, "accepted", *SHOWING)
@click.argument(
    "resources", metavar="RESOURCE...", nargs=-1, required=True, help="KIND/NAME (with *), or LABEL=VALUE."
)
@YES
def command(common: Common, resources: tuple[str, ...], *, yes: bool) -> int:
    """Gives back what the fleet owns: the mark and the record go, and all else stays as it is.

    What runs goes on. Nothing of it is touched any more, unless the files declare it: take it out of them.
    """
    common = replace(common, only=resources)

    def some(planned: Planned, _: OpenState) -> Planned:
        if not planned.plan.verdicts and not planned.plan.forget:
            raise Fault(f"the fleet owns nothing that {' '.join(resources)} selects; nothing was done")
        return planned

    return converge.converge(
        common, replace(common.options(), release=True), yes=yes, settle=some, name="release"
    )
