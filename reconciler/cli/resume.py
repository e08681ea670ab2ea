"""resume: ends what suspend decided."""

from __future__ import annotations

import click

from reconciler.cli.common import Common, takes
from reconciler.cli.deciding import AUTHOR, author_of
from reconciler.cli.options import REMOTE
from reconciler.cli.source import located
from reconciler.cli.words import named
from reconciler.faults import Fault
from reconciler.plan.rolling import ROLLOUT
from state import OpenState
from state.decisions import Verb

_VERBS = (Verb.SUSPEND, Verb.OBSERVE, Verb.STOP, Verb.RESTART)


@click.command()
@takes("state", "hosts", "policy", *REMOTE, "quiet")
@named("subject", "SUBJECT", "What was suspended, as decisions shows it; or Rollout.", urls=True)
@AUTHOR
def command(common: Common, subject: str, source: str, *, author: str) -> None:
    """Ends what suspend decided: from now on the files count again.

    Rollout is a roll-out that failures stopped: it goes on, and those that failed are tried again.
    """
    common, desired = located(common, source)
    with common.store(desired, readonly=False) as store:
        if subject.lower() == ROLLOUT.lower():
            if desired.fleet.rollout is None:
                raise Fault("the Fleet has no rollout that could go on")
            store.decide(Verb.PROCEED, ROLLOUT, author_of(author))
            store.wake(desired.hosts)
            common.tell("the roll-out goes on; failures from now on stop it again")
            return
        meant = _suspended(subject, store)
        for verb in _VERBS:
            store.end_decision(verb, meant, author_of(author))
        store.wake(desired.hosts)
    common.tell(f"{meant} is no longer suspended")


def _suspended(subject: str, store: OpenState) -> str:
    """The subject of a decision that is in force; Fault, with those that are, when it is none of them."""
    subjects = [each.subject for each in store.decisions() if each.verb in _VERBS]
    for each in subjects:
        if each.lower() == subject.lower():
            return each
    there = f"; in force: {', '.join(sorted(set(subjects)))}" if subjects else ""
    raise Fault(f"no decision suspends '{subject}'{there}")
