"""The pages of runs: all of them, and one with its actions as rows that move."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from reconciler.server.pages.cut import Cut
from state.journal import ActionEntry, Journal, Run

OPEN = "running"
"""The status of a run that is under way."""
_RUNS = 200
_SEARCHED = (50, 5000)
"""How many of the latest runs one is looked for among: it is mostly a new one."""


@dataclass(frozen=True, slots=True)
class RunView:
    """What the page of a run shows: one page of its actions, of all or `only` of one outcome. `number` is
    that of the journal before they were read, so that a stream from there on misses nothing."""

    run: Run
    actions: Sequence[ActionEntry]
    counts: Mapping[str, int]
    number: int
    only: str
    cut: Cut

    @property
    def moves(self) -> bool:
        """Whether its rows are to move: those of a run under way, on the page where the next one comes."""
        return self.run.status == OPEN and not self.only and self.cut.page == self.cut.pages


def runs_of(journal: Journal) -> Sequence[Run]:
    """The latest runs, newest first."""
    return journal.runs(_RUNS)


def run_of(journal: Journal, number: int) -> Run | None:
    """One of the runs that are still in the journal."""
    for limit in _SEARCHED:
        if found := [run for run in journal.runs(limit) if run.id == number]:
            return found[0]
    return None


def run_view(journal: Journal, number: int, only: str = "", page: int | None = None) -> RunView | None:
    """Reads one run; None where there is none. Without a page, it is the last of one that is under way."""
    at = journal.last_number()
    run = run_of(journal, number)
    if run is None:
        return None
    actions = journal.actions(number)
    counts = outcomes(actions)
    only = only if only in counts else ""
    chosen = [action for action in actions if only in ("", _outcome(action))]
    last = Cut(len(chosen)).pages
    cut = Cut(len(chosen), page or (last if run.status == OPEN else 1))
    return RunView(run, chosen[cut.first : cut.end], counts, at, only, cut)


def _outcome(action: ActionEntry) -> str:
    return action.outcome or "under way"


def outcomes(actions: Sequence[ActionEntry]) -> Mapping[str, int]:
    """How many actions came to which outcome."""
    return Counter(map(_outcome, actions))


def row_id(action: ActionEntry) -> str:
    """What an action's row is called in a page: an action may be called anything."""
    return "a" + sha256(f"{action.run} {action.action}".encode()).hexdigest()[:16]
