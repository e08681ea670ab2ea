"""The pages of runs: all of them, and one with its actions as rows that move."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from state.journal import ActionEntry, Journal, Run

_RUNS = 200
_SEARCHED = (50, 5000)
"""How many of the latest runs one is looked for among: it is mostly a new one."""


@dataclass(frozen=True, slots=True)
class RunView:
    """What the page of a run shows. `number` is that of the journal before its actions were read, so that
    a stream from there on misses nothing."""

    run: Run
    actions: Sequence[ActionEntry]
    counts: Mapping[str, int]
    number: int


def runs_of(journal: Journal) -> Sequence[Run]:
    """The latest runs, newest first."""
    return journal.runs(_RUNS)


def run_of(journal: Journal, number: int) -> Run | None:
    """One of the runs that are still in the journal."""
    for limit in _SEARCHED:
        if found := [run for run in journal.runs(limit) if run.id == number]:
            return found[0]
    return None


def run_view(journal: Journal, number: int) -> RunView | None:
    """Reads one run; None where there is none."""
    at = journal.last_number()
    run = run_of(journal, number)
    if run is None:
        return None
    actions = journal.actions(number)
    return RunView(run, actions, outcomes(actions), at)


def outcomes(actions: Sequence[ActionEntry]) -> Mapping[str, int]:
    """How many actions came to which outcome."""
    return Counter(action.outcome or "under way" for action in actions)


def row_id(action: ActionEntry) -> str:
    """What an action's row is called in a page: an action may be called anything."""
    return "a" + sha256(f"{action.run} {action.action}".encode()).hexdigest()[:16]
