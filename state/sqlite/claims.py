"""Claims on hosts where one process writes: all are its own, for as long as it holds the writer's lease.

What others want it to look at comes through a table, which is looked into a few times a second: a person's
command is another process.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from state.claims import TTL, Controller
from state.errors import StateError
from state.leases import Holder, Lease
from state.rows import as_number, as_text, as_time, listed
from state.sqlite.leases import SqliteLeases
from state.sqlite.lock import holder_of
from state.sqlite.trust import LOCK

_INTERVAL = 2.0
_POLL = 0.2
"""Seconds after which it is looked whether another process told of something."""

_TOKEN = 1
_COLUMNS = "id, machine, pid, since, hosts"


class SqliteClaims(SqliteLeases):
    """As `state.claims.Claims`."""

    @contextmanager
    def join(self, command: str, ttl: float = TTL) -> Iterator[SqliteMembership]:
        """A controller's membership while the block runs: the writer's lease, and all hosts with it."""
        with self.writer(command) as lease:
            member = SqliteMembership(self, lease)
            self.database.token = _TOKEN
            try:
                member.enter()
                yield member
            finally:
                self.database.token = 0
                with suppress(StateError):  # what stays behind is known to be a dead one's
                    member.leave()

    def controllers(self) -> list[Controller]:
        """The controller that lives, if any."""
        found = self.database.rows(f"SELECT {_COLUMNS} FROM members WHERE fleet = ?", (self.fleet,))  # noqa: S608
        if not found:
            return []
        holder = holder_of(self.database.path.with_name(self.database.path.name + LOCK))
        told = self.database.built("members", found, _controller_of)
        return [one for one in told if holder and one.id == _id_of(holder)]

    def wake(self, hosts: Collection[str]) -> None:
        """Tells the controller, also one to come, that there is something to look at."""
        if hosts:
            with self.database.transaction() as connection:
                connection.executemany(
                    "INSERT OR IGNORE INTO wakes VALUES (?, ?)", [(self.fleet, host) for host in hosts]
                )


class SqliteMembership:
    """As `state.claims.Membership`."""

    def __init__(self, claims: SqliteClaims, lease: Lease) -> None:
        self._claims, self._lease = claims, lease
        self._hosts: frozenset[str] = frozenset()
        self._told = threading.Event()

    @property
    def id(self) -> str:
        """Machine, process and when it began: no other ever has it."""
        return _id_of(self._lease.holder)

    @property
    def interval(self) -> float:
        """Seconds between beats."""
        return _INTERVAL

    def beat(self, hosts: Collection[str], busy: Collection[str] = ()) -> Mapping[str, int]:
        """All hosts, as long as the lease is ours."""
        self._lease.renew()
        if self._hosts != frozenset(hosts):
            self._hosts = frozenset(hosts)
            self._write()
        return dict.fromkeys(hosts, _TOKEN)

    def require(self) -> None:
        """Raises LeaseLost when the lease is not ours any more."""
        self._lease.renew()

    def ask(self, hosts: Collection[str]) -> None:
        """Nobody else has any."""

    def give_back(self, hosts: Collection[str]) -> None:
        """Nobody else would take them: the next beat has them again."""

    def wake(self, hosts: Collection[str]) -> None:
        """Tells this controller that there is something to look at."""
        self._claims.wake(hosts)
        self._told.set()

    def woken(self) -> Collection[str]:
        """The own hosts that were told about since last this was asked."""
        database, fleet = self._claims.database, self._claims.fleet
        if not self._waking():
            return frozenset()
        with database.transaction() as connection:
            woken = self._waking()
            connection.executemany(
                "DELETE FROM wakes WHERE fleet = ? AND host = ?", [(fleet, host) for host in woken]
            )
        return woken

    def wait(self, seconds: float) -> None:
        """Returns when one of its hosts was told about, at the latest after so long."""
        end = time.monotonic() + seconds
        while not self._waking():
            left = end - time.monotonic()
            if left <= 0:
                return
            self._told.wait(min(left, _POLL))
            self._told.clear()

    def controllers(self) -> Sequence[Controller]:
        """This one."""
        return self._claims.controllers()

    def enter(self) -> None:
        """Makes it known; what earlier ones left behind goes, for only one holds the lease."""
        with self._claims.database.transaction() as connection:
            connection.execute("DELETE FROM members")
        self._write()

    def leave(self) -> None:
        """It is no controller any more."""
        with self._claims.database.transaction() as connection:
            connection.execute("DELETE FROM members WHERE id = ?", (self.id,))

    def _waking(self) -> frozenset[str]:
        found = self._claims.database.rows("SELECT host FROM wakes WHERE fleet = ?", (self._claims.fleet,))
        return self._hosts & {host for (host,) in found}

    def _write(self) -> None:
        holder = self._lease.holder
        hosts = json.dumps(sorted(self._hosts))
        with self._claims.database.transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO members VALUES (?, ?, ?, ?, ?, ?)",
                (self._claims.fleet, self.id, holder.machine, holder.pid, holder.since, hosts),
            )


def _id_of(holder: Holder) -> str:
    return f"{holder.machine}:{holder.pid}:{holder.since:.6f}"


def _controller_of(row: Sequence[Any]) -> Controller:
    name, machine, pid, since, hosts = row
    return Controller(
        as_text(name), as_text(machine), int(as_number(pid)), as_time(since), listed(hosts, as_text)
    )
