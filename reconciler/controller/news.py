"""What people are told of beside a round: what became of commits, and hosts that nobody looks at."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence

from reconciler.engine.notices import commit_notice, overdue_notice
from state import OpenState
from state.commits import CommitNote
from state.decisions import Decision
from state.outbox import Notice
from state.standings import HostStanding

_EVERY = 5.0
"""Seconds between two looks whether a host was looked at."""


class TellingMemory:
    """What a keeper asks of the state, and tells it: people hear of it, too (controller.trees.TreeMemory)."""

    def __init__(self, store: OpenState) -> None:
        self._store = store

    def commits(self, limit: int = 50) -> Sequence[CommitNote]:
        """As `state.commits.Commits`."""
        return self._store.commits(limit)

    def decisions(self, *, past: bool = False) -> Sequence[Decision]:
        """As `state.decisions.Decisions`."""
        return self._store.decisions(past=past)

    def note_commit(self, note: CommitNote) -> None:
        """As `state.commits.Commits`; the state says whether its status is new."""
        notice = commit_notice(None, note, time.time())
        self._store.note_commit(note, [notice] if notice else [])


class Overdue:
    """Hosts that nobody has looked at for more than `limit` seconds, whoever should have. One controller
    watches over all of them, and tells of each once, as long as that lasts."""

    def __init__(self, store: OpenState, limit: float) -> None:
        self._store, self._limit = store, limit
        self._told: frozenset[str] = frozenset()
        self._begun = self._looked = time.monotonic()

    def tell(self, hosts: Collection[str]) -> None:
        """Tells of what is new, now and then; whoever begins has all of the time himself. StateError."""
        now = time.monotonic()
        if now < self._looked + _EVERY or now < self._begun + self._limit:
            return
        self._looked = now
        late = overdue(hosts, self._store.host_standings(), self._limit, time.time())
        news = [notice for host, notice in late.items() if host not in self._told]
        if news:
            self._store.post(news)
        self._told = frozenset(late)


def overdue(
    hosts: Collection[str], standings: Mapping[str, HostStanding], limit: float, now: float
) -> Mapping[str, Notice]:
    """The hosts that nobody has looked at in time. Of those that cannot be reached people know already."""
    known = (standings.get(host, HostStanding(host, "")) for host in hosts)
    return {
        each.host: overdue_notice(each, limit, now)
        for each in known
        if not each.problem and (each.looked is None or now - each.looked > limit)
    }
