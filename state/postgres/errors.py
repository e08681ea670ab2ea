"""What people are told of PostgreSQL's errors, and which of them pass by themselves.

The codes are those of https://www.postgresql.org/docs/current/errcodes-appendix.html. An error of
connecting has none; there libpq's words are all that there is, with the server's in its own language.
"""

from __future__ import annotations

import psycopg
from psycopg_pool import PoolClosed, PoolTimeout

from state.errors import LeaseLost, StateError

CLAIM_LOST, WRITER_LOST = "VR001", "VR002"
"""Raised by functions of ours: `state.postgres.schema`."""

_PASS = {"40001", "40P01", "25P03", "55P03", "57P01", "57P02", "57P03", "57P05", "53300"}
"""Serialisation, deadlock, a transaction that idled, a lock, shutting down, crash, starting up, idle, too
many connections."""

_BY_CODE = {
    "25006": "it is read-only, as a standby is: name the primary, or all hosts with"
    " ?target_session_attrs=read-write",
    "42501": "the role may not do that: docs/postgres.md says what it has to be granted",
    "42P01": "what is in it was not made by virt-reconcile, or not whole: use another database",
    "42703": "what is in it was not made by virt-reconcile, or not whole: use another database",
    "53100": "its disk is full: make room",
    "53200": "it is out of memory",
}
_BY_WORDS = {
    "password": "give it in PGPASSWORD or ~/.pgpass",
    "does not exist": "make it with createdb or createuser, or correct the name",
    "no pg_hba.conf entry": "allow this role from here in the server's pg_hba.conf",
    "SSL": "look at sslmode and sslrootcert",
    "certificate": "look at sslmode and sslrootcert",
    "starting up": "try again in a moment",
    "read-only": _BY_CODE["25006"],
}
_OTHERWISE = "is it running, and is that its address?"


def told(name: str, error: psycopg.Error) -> StateError:
    """The error in words for people, as far as it is known what to do; no password is in it."""
    code, words = error.sqlstate, _words(error)
    if code == CLAIM_LOST:
        return LeaseLost(f"not this controller's any more: host {words}; nothing more is begun there")
    if code == WRITER_LOST:
        return LeaseLost(
            f"the state {name} was taken over by another process: nothing more is begun; run the command"
            " again"
        )
    if isinstance(error, PoolClosed):
        return StateError(f"the state {name} was closed meanwhile")
    if code in _BY_CODE:
        return StateError(f"the state {name} cannot be used: {_BY_CODE[code]} ({words})")
    if isinstance(error, psycopg.OperationalError):
        hint = next((hint for sign, hint in _BY_WORDS.items() if sign in words), _OTHERWISE)
        return StateError(f"the state {name} cannot be reached: {words}; {hint}")
    return StateError(f"the state {name} cannot be used: {words}")


def passes(error: psycopg.Error) -> bool:
    """Whether the same may go well in a moment, on another connection."""
    if isinstance(error, PoolClosed | PoolTimeout):
        return False
    code = error.sqlstate
    if code is None:
        return isinstance(error, psycopg.OperationalError)
    return code in _PASS or code.startswith("08")


def _words(error: psycopg.Error) -> str:
    text = error.diag.message_primary or str(error)
    text = " ".join(text.removeprefix("connection failed: ").split())
    return "".join(letter for letter in text if letter.isprintable())[:400]
