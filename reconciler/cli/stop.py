"""stop: stops declared guests."""

from __future__ import annotations

import click

from reconciler.cli.apply import YES
from reconciler.cli.common import Common, takes
from reconciler.cli.deciding import AUTHOR
from reconciler.cli.named import NAMES
from reconciler.cli.options import REMOTE, SHOWING
from reconciler.cli.power import PowerGiven, ask_for
from reconciler.plan.asked_power import PowerVerb

FORCE = click.option(
    "--force", is_flag=True, help="Powers off who has not stopped in time; each has to be named."
)


@click.command()
@takes("state", "hosts", "policy", *REMOTE, "parallel", *SHOWING)
@NAMES
@click.option("--hold", is_flag=True, help="Keeps them stopped, whatever their files say.")
@click.option(
    "--for", "duration", default="", metavar="DURATION", help="With --hold: for how long, such as 2h."
)
@click.option("--reason", default="", help="With --hold: why; whoever meets it is told.")
@AUTHOR
@FORCE
@YES
def command(
    common: Common,
    words: tuple[str, ...],
    *,
    hold: bool,
    duration: str,
    reason: str,
    author: str,
    force: bool,
    yes: bool,
) -> int:
    """Stops declared guests gracefully; --hold keeps them so.

    How, and within which time, their files say (stop:). Where these have one running, the next apply starts
    it again, unless it is held. While run works the fleet, it is run that stops it, and it is held until
    start.
    """
    given = PowerGiven(
        PowerVerb.STOP,
        words,
        yes=yes,
        force=force,
        hold=duration if hold or duration else None,
        reason=reason,
        author=author,
    )
    return ask_for(common, given)
