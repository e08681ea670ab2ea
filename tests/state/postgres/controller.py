"""A controller that only begins and ends actions on its hosts, as fast as it can.

    python -m tests.state.postgres.controller URL TTL HOST…

It says what the state took: `joined ID RUN`, `begun RUN ACTION`, `ended RUN ACTION`.
"""

from __future__ import annotations

import itertools
import sys
import time
from collections.abc import Collection, Iterator

from state import LeaseLost, OpenState, StateError, open_state
from state.claims import Membership


def main(url: str, ttl: float, hosts: Collection[str]) -> None:
    """Stays for ever, whatever becomes of the database and of itself."""
    state = open_state(url)
    names = (f"action {number}" for number in itertools.count())
    while True:
        try:
            with state.join("run shop", ttl=ttl) as member:
                stay(state, member, hosts, names)
        except StateError:
            time.sleep(0.05)


def stay(state: OpenState, member: Membership, hosts: Collection[str], names: Iterator[str]) -> None:
    """Until it is taken for dead."""
    run = state.begin_run("run", "tree")
    say("joined", member.id, run)
    while True:
        try:
            for host, token in member.beat(hosts).items():
                act(state.under({host: token}), run, next(names), host)
            member.wait(member.interval)
        except LeaseLost:
            raise
        except StateError:
            time.sleep(0.05)


def act(under: OpenState, run: int, name: str, host: str) -> None:
    """One action."""
    under.begin_action(run, name, f"Domain/{host}", "start", host)
    say("begun", run, name)
    under.finish_action(run, name, "done")
    say("ended", run, name)


def say(*words: object) -> None:
    """A line at once: nobody knows how long this process lives."""
    print(*words, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), sys.argv[3:])
