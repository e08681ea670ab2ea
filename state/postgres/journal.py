"""The journal in PostgreSQL.

`actions` is what a person reads. Two small tables answer what is asked at every plan, and outlive the runs
that they were written by: `latest` has the newest entry of each verb on each address, `unended` the
actions that nobody has seen to end.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Collection

from specs.identity import Address
from state import rows
from state.journal import ActionEntry, Keep, Run
from state.postgres.database import Connection, PostgresPart
from state.postgres.pruning import prune_some

_PART = 100
"""How many runs are removed in one transaction, and at most at the end of a run."""

_BEGIN_RUN = """
INSERT INTO virt_reconcile.runs (key, fleet, command, tree, commit_id, started, status, summary, cause, owner)
VALUES (%s, %s, %s, %s, %s, %s, 'running', '', %s, %s)
ON CONFLICT (key) DO UPDATE SET key = excluded.key RETURNING id
"""
_EXECUTED = """
INSERT INTO virt_reconcile.executed VALUES (%s, %s, %s)
ON CONFLICT (fleet, plan) DO UPDATE SET run = excluded.run
"""
# The row of the journal is inserted where the claims hold, by the statement that looks.
_BEGIN = f"""
WITH held AS MATERIALIZED (
    SELECT virt_reconcile.hold(%(fleet)s, %(owner)s, %(hosts)s, %(tokens)s),
        virt_reconcile.next_number() AS number),
begun AS (
    INSERT INTO virt_reconcile.actions (fleet, {rows.ENTRY})
    SELECT %(fleet)s, %(action)s, %(address)s, %(verb)s, %(now)s, NULL, '', '', %(run)s, %(host)s, %(token)s,
        number
    FROM held
    ON CONFLICT (run, action) DO UPDATE SET address = excluded.address, verb = excluded.verb,
        started = excluded.started, finished = NULL, outcome = '', message = '', host = excluded.host,
        token = excluded.token, number = excluded.number
    RETURNING *),
newest AS (
    INSERT INTO virt_reconcile.latest (fleet, {rows.ENTRY}) SELECT fleet, {rows.ENTRY} FROM begun
    ON CONFLICT (fleet, address, verb) DO UPDATE SET run = excluded.run, action = excluded.action,
        started = excluded.started, finished = NULL, outcome = '', message = '', host = excluded.host,
        token = excluded.token, number = excluded.number)
INSERT INTO virt_reconcile.unended (fleet, address, run, action) SELECT fleet, address, run, action FROM begun
ON CONFLICT DO NOTHING
"""  # noqa: S608
# Of this run, another action on the same address may be under way right now.
_FINISH = """
WITH ended AS (
    UPDATE virt_reconcile.actions SET finished = %(now)s, outcome = %(outcome)s, message = %(message)s,
        number = virt_reconcile.next_number()
    WHERE run = %(run)s AND action = %(action)s RETURNING *),
newest AS (
    UPDATE virt_reconcile.latest AS latest SET finished = ended.finished, outcome = ended.outcome,
        message = ended.message, number = ended.number
    FROM ended WHERE latest.fleet = ended.fleet AND latest.address = ended.address
    AND latest.verb = ended.verb AND latest.run = ended.run AND latest.action = ended.action)
DELETE FROM virt_reconcile.unended AS unended USING ended
WHERE unended.fleet = ended.fleet AND unended.address = ended.address
AND (unended.run < ended.run OR (unended.run = ended.run AND unended.action = ended.action))
"""
_ENTRIES = f"SELECT {rows.ENTRY} FROM virt_reconcile.actions WHERE "  # noqa: S608


class PostgresJournal(PostgresPart):
    """As `state.journal.Journal`."""

    def begin_run(self, command: str, tree: str, commit: str = "", plan: str = "", cause: str = "") -> int:
        """Opens a run and gives its number."""
        key, now, member = secrets.token_hex(16), time.time(), self.database.member
        owner = member.id if member is not None else ""

        def begin(connection: Connection) -> int:
            values = (key, self.fleet, command, tree, commit, now, cause, owner)
            (run,) = connection.execute(_BEGIN_RUN, values).fetchall()[0]
            if plan:
                connection.execute(_EXECUTED, (self.fleet, plan, run))
            return int(run)

        return self.database.transact(begin)

    def finish_run(self, run: int, status: str, summary: str, keep: Keep = Keep()) -> None:
        """Closes a run, and removes some of the oldest ones."""
        now = time.time()

        def finish(connection: Connection) -> None:
            connection.execute(
                "UPDATE virt_reconcile.runs SET finished = %s, status = %s, summary = %s WHERE id = %s",
                (now, status, summary, run),
            )
            prune_some(connection, self.fleet, keep, now, _PART)

        self.database.transact(finish)

    def begin_action(self, run: int, action: str, address: str, verb: str, host: str = "") -> None:
        """Notes that an action begins."""
        lease = self.database.lease
        if lease is not None:
            lease.renew()
        fleet, owner, hosts, tokens = self.held
        values = {
            "fleet": fleet, "owner": owner, "hosts": hosts, "tokens": tokens, "run": run, "action": action,
            "address": address, "verb": verb, "host": host, "token": self.claims.get(host, 0),
            "now": time.time(),
        }  # fmt: skip
        self._require()

        def begin(connection: Connection) -> None:
            if lease is not None:
                query = "SELECT virt_reconcile.hold_writer(%s, %s)"
                connection.execute(query, (self.fleet, self.database.writing))
            connection.execute(_BEGIN, values)

        self.database.transact(begin)
        self._require()  # again: it may have taken its time

    def finish_action(self, run: int, action: str, outcome: str, message: str = "") -> None:
        """Notes what became of an action."""
        values = {"run": run, "action": action, "outcome": outcome, "message": message, "now": time.time()}
        self.transact(lambda connection: connection.execute(_FINISH, values))

    def runs(self, limit: int = 20) -> list[Run]:
        """The latest runs, newest first."""
        found = self.database.rows(
            f"SELECT {rows.RUN} FROM virt_reconcile.runs WHERE fleet = %s ORDER BY id DESC LIMIT %s",  # noqa: S608
            (self.fleet, limit),
        )
        return self.database.built("runs", found, rows.run_of)

    def run_of(self, plan: str) -> int | None:
        """The number of the run that executed a saved plan."""
        found = self.database.rows(
            "SELECT run FROM virt_reconcile.executed WHERE fleet = %s AND plan = %s", (self.fleet, plan)
        )
        return next(iter(self.database.built("executed", found, rows.number_of)), None)

    def actions(self, run: int) -> list[ActionEntry]:
        """The journal of one run, in the order in which its actions began."""
        return self._entries("run = %s ORDER BY started, number", run)

    def actions_on(self, address: str, limit: int = 50) -> list[ActionEntry]:
        """The latest actions on one address, newest first."""
        query = "fleet = %s AND address = %s ORDER BY started DESC, number DESC LIMIT %s"
        return self._entries(query, self.fleet, address, limit)

    def changes_after(self, number: int, limit: int = 500) -> list[ActionEntry]:
        """The actions that began or ended since the journal had this number, by number."""
        query = "fleet = %s AND number > %s AND number < virt_reconcile.settled() ORDER BY number LIMIT %s"
        return self._entries(query, self.fleet, max(number, 0), limit)

    def last_number(self) -> int:
        """The largest number that `changes_after` gives by now; 0 while there is none."""
        query = "SELECT coalesce(max(number), 0) FROM virt_reconcile.actions"
        found = self.database.rows(f"{query} WHERE number < virt_reconcile.settled()")
        return next(iter(self.database.built("actions", found, rows.number_of)), 0)

    def last_outcomes(
        self, verbs: Collection[str] = (), addresses: Collection[Address] | None = None
    ) -> dict[str, ActionEntry]:
        """What became of the latest action on each address; of the latest of these verbs, if any."""
        latest = self.rows_of(f"SELECT {rows.ENTRY} FROM virt_reconcile.latest", "address", addresses)  # noqa: S608
        entries = self.database.built("latest", rows.newest(latest, verbs), rows.entry_of)
        return {entry.address: entry for entry in entries}

    def interrupted(self, addresses: Collection[Address] | None = None) -> frozenset[Address]:
        """What actions were begun upon that were never seen to end, and that nothing has ended since."""
        found = self.rows_of("SELECT address FROM virt_reconcile.unended", "address", addresses)
        return frozenset(self.database.built("unended", found, lambda row: rows.address_of(row[0])))

    def prune(self, keep: Keep = Keep()) -> int:
        """Removes the runs that need not be kept, part by part, so that nobody waits for long."""
        removed, part = 0, _PART
        while part == _PART:
            part = self.database.transact(lambda c: prune_some(c, self.fleet, keep, time.time(), _PART))
            removed += part
        return removed

    def _require(self) -> None:
        if self.claims and self.member is not None:
            self.member.require()

    def _entries(self, condition: str, *values: object) -> list[ActionEntry]:
        return self.database.built("actions", self.database.rows(_ENTRIES + condition, values), rows.entry_of)
