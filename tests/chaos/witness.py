"""A witness of the journal: when each entry was there, by the clock of the hosts' own logs.

The controllers' clocks are stepped, so what they write of times is no evidence. The journal is asked over and
over what has changed, and an entry that is new was begun between the two last times of asking.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

from state import OpenState, StateError
from state.journal import ActionEntry

_PAUSE = 0.05
_PAGE = 500


@dataclass(frozen=True, slots=True)
class Act:
    """An action of the journal: it was begun after `after` and before `by`, and had ended by `ended` (None:
    it was never seen to end)."""

    host: str
    address: str
    verb: str
    token: int
    after: float
    by: float
    ended: float | None = None


class Witness:
    """Asks the journal until it is closed; `acts` is what it saw. `open_state` opens the state to read."""

    def __init__(self, open_state: Callable[[], AbstractContextManager[OpenState]]) -> None:
        self._open = open_state
        self._seen: dict[tuple[int, str], Act] = {}
        self._number = 0
        self._asked = time.time()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="witness", daemon=True)
        self._thread.start()

    def close(self) -> Sequence[Act]:
        """Asks a last time, and gives all that was seen."""
        self._stop.set()
        self._thread.join()
        self._ask_once()
        return list(self._seen.values())

    def _watch(self) -> None:
        while not self._stop.is_set():
            try:
                with self._open() as state:
                    self._ask(state)
                    while self._seen and not self._stop.wait(_PAUSE):  # a state may yet have to be made
                        self._ask(state)
            except (StateError, OSError):  # it is away: that is what this is about
                pass
            self._stop.wait(_PAUSE)

    def _ask_once(self) -> None:
        with self._open() as state:
            self._ask(state)

    def _ask(self, state: OpenState) -> None:
        while True:
            asked = time.time()
            entries = state.changes_after(self._number, _PAGE)
            for entry in entries:
                self._note(entry, asked)
            if len(entries) < _PAGE:
                self._asked = asked
                return

    def _note(self, entry: ActionEntry, asked: float) -> None:
        self._number = max(self._number, entry.number)
        key = entry.run, entry.action
        known = self._seen.get(key)
        now = time.time()
        if known is None:
            known = Act(entry.host, entry.address, entry.verb, entry.token, self._asked, now)
        if entry.finished is not None and known.ended is None:
            known = replace(known, ended=now)
        self._seen[key] = known
