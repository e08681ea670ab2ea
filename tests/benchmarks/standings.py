"""`python -m tests.benchmarks.standings [--hosts N]`: what keeping and asking costs of how a fleet stands.

Fifty guests a host. Written as a controller does it, host by host; asked as the page and the metrics do.
Nothing else is needed: no hypervisor, no root.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

from specs.identity import Address, Kind
from state import OpenState, open_state
from state.standings import Condition, HostStanding, Standing
from tests.benchmarks.journal import timed

GUESTS = 50
_SOME = list(Condition)


def look(host: int, condition: Condition | None = None) -> list[Standing]:
    """How the guests of a host stand: of every twentieth host, each in another condition."""
    found = []
    for number in range(GUESTS):
        usual = _SOME[number % len(_SOME)] if host % 20 == 0 else Condition.CONVERGED
        name = f"guest{host * GUESTS + number}"
        labels = (("app", "shop"), ("tier", f"t{number % 7}"))
        plain = Standing(Address(Kind.DOMAIN, name), f"hv{host}", condition or usual, 1000.0, labels=labels)
        found.append(replace(plain, declared="running", observed="running", file="guests.yaml:3"))
    return found


def rounds(state: OpenState, hosts: int, condition: Condition | None = None) -> Iterator[float]:
    """CPU seconds of writing one host after another."""
    for host in range(hosts):
        standings = look(host, condition)
        present = [standing.address.name for standing in standings]
        before = time.process_time()
        state.note_standings(HostStanding(f"hv{host}", "qemu", time.time()), standings, {}, present)
        yield time.process_time() - before


def main() -> None:
    """Measures it."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.standings", description=__doc__)
    parser.add_argument("--hosts", type=int, default=2000)
    hosts = parser.parse_args().hosts
    with (
        tempfile.TemporaryDirectory(prefix="vr-bench-") as folder,
        closing(open_state(f"{folder}/state.db")) as state,
        state.join("benchmark") as member,
    ):
        member.beat([f"hv{host}" for host in range(hosts)])
        for what, condition in (
            ("written first", None),
            ("nothing has changed", None),
            ("every guest has changed", Condition.CHANGE),
            ("and back", None),
        ):
            took = sum(rounds(state, hosts, condition)) * 1000
            print(f"  {what}: {took / hosts:.2f} ms of CPU a host, {took / 1000:.1f} s for all")
        timed("counted", state.standing_counts, 5)
        timed("counted where a text is found", lambda: state.standing_counts("guest99"), 5)
        timed("the first page", state.standings, 5)
        timed("a page of two conditions", lambda: state.standings(conditions=_SOME[8:10]), 5)
        timed("a page of one host", lambda: state.standings(hosts=["hv77"]), 5)
        timed("a page far away", lambda: state.standings(offset=hosts * GUESTS - 200), 5)
        timed("a text that is nowhere", lambda: state.standings(text="nowhere"), 5)
        timed("the map", state.standings_map, 5)


if __name__ == "__main__":
    main()
