"""`python -m tests.benchmarks.journal [--entries N]`: what a long journal costs.

A journal as an earlier version left it, of runs of a hundred actions each on a thousand addresses, is brought
up to date, asked, written to and pruned. Nothing else is needed: no hypervisor, no root.
"""

from __future__ import annotations

import argparse
import resource
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from state import OpenState, open_state
from state.sqlite import migrations

_VERSION = 6
"""The last version whose journal was one table."""

_ADDRESSES, _ACTIONS = 1000, 100
_VERBS = ("define", "start", "stop", "set-text")
_APART = 600.0
"""Seconds between two runs."""

Row = tuple[object, ...]


def old_journal(path: Path, entries: int) -> None:
    """Writes a state of that version, whose last run has just ended."""
    runs = entries // _ACTIONS
    first = time.time() - runs * _APART
    path.touch(mode=0o600)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for step in migrations._STEPS[:_VERSION]:
            for statement in step:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {_VERSION}")
        connection.execute("BEGIN")
        connection.executemany(
            "INSERT INTO runs (id, fleet, command, tree, commit_id, started, finished, status, summary)"
            " VALUES (?, 'default', 'run', '/srv/tree', '', ?, ?, 'done', '')",
            ((run, first + run * _APART, first + run * _APART + 9) for run in range(1, runs + 1)),
        )
        connection.executemany(
            "INSERT INTO actions VALUES (?, ?, ?, ?, ?, ?, 'done', '')", _actions(runs, first)
        )
        connection.execute("COMMIT")


def _actions(runs: int, first: float) -> Iterator[Row]:
    for run in range(1, runs + 1):
        for number in range(_ACTIONS):
            guest = f"Domain/guest{(run * 37 + number) % _ADDRESSES}"
            verb = _VERBS[(run + number) % len(_VERBS)]
            start = first + run * _APART + number * 0.05
            yield run, f"{verb} {guest}", guest, verb, start, start + 0.04


def one_run(state: OpenState) -> None:
    """A run of a hundred actions."""
    run = state.begin_run("apply", "tree")
    for number in range(_ACTIONS):
        address = f"Domain/guest{number}"
        state.begin_action(run, f"start {address}", address, "start")
        state.finish_action(run, f"start {address}", "done")
    state.finish_run(run, "done", "")


def timed(what: str, call: Callable[[], object], rounds: int = 1) -> None:
    """Prints milliseconds as median (least-most)."""
    took = []
    for _ in range(rounds):
        before = time.monotonic()
        call()
        took.append((time.monotonic() - before) * 1000)
    print(f"  {what}: {statistics.median(took):,.1f} ms ({min(took):,.1f}-{max(took):,.1f})")


def main() -> None:
    """Measures it."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.journal", description=__doc__)
    parser.add_argument("--entries", type=int, default=1_000_000)
    entries = parser.parse_args().entries
    with tempfile.TemporaryDirectory(prefix="vr-bench-") as folder:
        path = Path(folder) / "state.db"
        old_journal(path, entries)
        print(f"{entries:,} entries, {path.stat().st_size / 2**20:,.0f} MiB")
        timed("opened, and brought up to date", lambda: open_state(str(path)).close())
        with closing(open_state(str(path))) as state:
            timed("last_outcomes", state.last_outcomes, 5)
            timed("last_outcomes of two verbs", lambda: state.last_outcomes(("start", "stop")), 5)
            timed("interrupted", state.interrupted, 5)
            timed("a run of a hundred actions, with pruning at its end", lambda: one_run(state), 5)
            timed("all the rest pruned", state.prune)
            timed("a run of a hundred actions, with nothing to prune", lambda: one_run(state), 5)
            print(f"  {len(state.runs(entries)):,} runs are left")
    print(f"  peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MiB")


if __name__ == "__main__":
    main()
