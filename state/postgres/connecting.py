"""Connections as we want them: safe behind PgBouncer, and no transaction left open by a frozen process."""

from __future__ import annotations

import logging
from typing import Any

import psycopg
from psycopg.types.string import StrDumper

from state.postgres.url import DatabasePlace

# What the pool has to say, people are told in our own words: state.postgres.errors.
logging.getLogger("psycopg.pool").setLevel(logging.CRITICAL)

OPTIONS: dict[str, Any] = {
    "autocommit": True,
    # A prepared statement belongs to a connection of the server, which PgBouncer may give to somebody else.
    "prepare_threshold": None,
}

# A process that is stopped amid a transaction must not keep others from its hosts for long. What waits for
# a lock, or takes for ever, is told instead.
_LIMITS = """
SET idle_in_transaction_session_timeout = '2s';
SET lock_timeout = '10s';
SET statement_timeout = '60s'
"""


class PlainText(StrDumper):
    """Text as PostgreSQL takes it: what it cannot hold (NUL, half a surrogate pair) is replaced."""

    def dump(self, text: str) -> bytes:
        """The text in UTF-8."""
        return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace")


def connect(place: DatabasePlace) -> psycopg.Connection[tuple[Any, ...]]:
    """A connection of one's own, outside of the pool."""
    connection = psycopg.connect(place.conninfo, **OPTIONS)
    prepare(connection)
    return connection


def prepare(connection: psycopg.Connection[Any]) -> None:
    """What is said to every new connection."""
    connection.adapters.register_dumper(str, PlainText)
    connection.execute(_LIMITS)
