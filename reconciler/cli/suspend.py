"""suspend: leaves something alone, by decision."""

from __future__ import annotations

import click

from reconciler.cli.common import Common, takes
from reconciler.cli.deciding import AUTHOR, author_of, expiry_of
from reconciler.cli.options import REMOTE
from reconciler.cli.source import located
from reconciler.cli.words import named
from reconciler.faults import Fault
from reconciler.report.decisions import until
from state.decisions import Verb


@click.command()
@takes("state", "hosts", "policy", *REMOTE, "quiet")
@named("subject", "SUBJECT", "Fleet, Host/NAME, KIND/NAME (with *), or LABEL=VALUE.", urls=True)
@click.option("--reason", required=True, help="Why; whoever meets it is told.")
@click.option("--for", "duration", default="", metavar="DURATION", help="For how long, such as 2h.")
@click.option("--until", "moment", default="", metavar="TIME", help="Until when, such as 2026-11-28T06:00.")
@click.option("--observe", is_flag=True, help="Goes on showing what differs; else that is not told either.")
@AUTHOR
def command(
    common: Common,
    subject: str,
    source: str,
    *,
    reason: str,
    duration: str,
    moment: str,
    observe: bool,
    author: str,
) -> None:
    """Leaves something alone until it is resumed or the time is up: nothing of it is changed.

    It counts for plan, apply and run. What runs goes on running: guests are not paused by this. Suspended
    once more, the later word counts.
    """
    from reconciler.plan.subject import subject_of

    expires = expiry_of(duration, moment)
    common, desired = located(common, source)
    with common.store(desired, readonly=False) as store:
        try:
            meant = subject_of(subject, desired, store.records())
        except ValueError as error:
            raise Fault(f"{error}; nothing was decided") from None
        chosen, other = (Verb.OBSERVE, Verb.SUSPEND) if observe else (Verb.SUSPEND, Verb.OBSERVE)
        decided = store.decide(chosen, meant, author_of(author), reason, expires)
        store.end_decision(other, meant, decided.author)
        store.wake(desired.hosts)
    told = "only observed" if observe else "left alone"
    common.tell(f"{meant} is {told}{until(decided)}; resume {meant} ends that")
