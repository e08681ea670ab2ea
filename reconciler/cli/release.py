"""release: gives back what the fleet owns; it stays on its host as it is."""

from __future__ import annotations

from dataclasses import replace

import click

from reconciler.cli import converge
from reconciler.cli.apply import YES
from reconciler.cli.common import Common, takes
from reconciler.cli.options import SHOWING
from reconciler.cli.words import resources_of_folder
from reconciler.engine.round import Planned
from reconciler.faults import Fault
from state import OpenState


@click.command()
@takes("state", "hosts", "policy", "accepted", "dry_run", "detailed", *SHOWING)
@resources_of_folder
@YES
def command(common: Common, *, yes: bool) -> int:
    """Gives back what the fleet owns: the mark and the record go, and all else stays as it is.

    What runs goes on. Nothing of it is touched any more, unless the files declare it: take it out of them.
    """
    if not common.only:
        raise Fault("say what is given back: release KIND/NAME (with *) or LABEL=VALUE, once or more")

    def some(planned: Planned, _: OpenState) -> Planned:
        if not planned.plan.verdicts and not planned.plan.forget:
            raise Fault(f"the fleet owns nothing that {' '.join(common.only)} selects; nothing was done")
        return planned

    return converge.converge(
        common, replace(common.options(), release=True), yes=yes, settle=some, name="release"
    )
