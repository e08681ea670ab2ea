"""start: lets declared guests run."""

from __future__ import annotations

import click

from reconciler.cli.apply import YES
from reconciler.cli.common import Common, takes
from reconciler.cli.named import NAMES
from reconciler.cli.options import REMOTE, SHOWING
from reconciler.cli.power import PowerGiven, ask_for
from reconciler.plan.asked_power import PowerVerb


@click.command()
@takes("state", "hosts", "policy", *REMOTE, "parallel", *SHOWING)
@NAMES
@click.option("--wait", is_flag=True, help="Waits until they are ready, where their files say when.")
@YES
def command(common: Common, words: tuple[str, ...], *, wait: bool, yes: bool) -> int:
    """Starts declared guests, and ends what keeps them stopped.

    Nothing else of them is changed. Where the files have one stopped, the next apply stops it again.
    """
    return ask_for(common, PowerGiven(PowerVerb.START, words, yes=yes, wait=wait))
