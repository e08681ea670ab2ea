"""restart: stops declared guests and starts them again."""

from __future__ import annotations

import click

from reconciler.cli.apply import YES
from reconciler.cli.common import Common, takes
from reconciler.cli.named import NAMES
from reconciler.cli.options import REMOTE, SHOWING
from reconciler.cli.power import PowerGiven, ask_for
from reconciler.cli.stop import FORCE
from reconciler.plan.asked_power import PowerVerb


@click.command()
@takes("state", "hosts", "policy", *REMOTE, "parallel", *SHOWING)
@NAMES
@click.option("--wait", is_flag=True, help="Waits until they are ready, where their files say when.")
@FORCE
@YES
def command(common: Common, words: tuple[str, ...], *, wait: bool, force: bool, yes: bool) -> int:
    """Restarts declared guests: what waits for it takes effect.

    They stop as their files say (stop:). Windows and restart: never hold it back, for a person asks for it
    now; restarts of others that wait go on waiting.
    """
    return ask_for(common, PowerGiven(PowerVerb.RESTART, words, yes=yes, force=force, wait=wait))
