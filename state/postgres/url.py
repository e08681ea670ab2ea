"""The URLs of states in PostgreSQL: libpq's own, so that PGPASSWORD, ~/.pgpass and services work.

    postgresql://USER@HOST:PORT/DATABASE?sslmode=verify-full

https://www.postgresql.org/docs/current/libpq-connect.html says all that can be in them.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from state.errors import StateError

_UNLESS_GIVEN = {
    "fallback_application_name": "virt-reconcile",
    "connect_timeout": "10",
    # A server that vanishes is noticed after some ten seconds, not after libpq's two hours.
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "3",
    "tcp_user_timeout": "10000",
}
_SHOWN = ("user", "host", "port", "dbname", "service")


@dataclass(frozen=True, slots=True)
class DatabasePlace:
    """Where a database is: `conninfo` for libpq, which may hold a password, and `name` for people."""

    conninfo: str
    name: str


def place_of(url: str) -> DatabasePlace:
    """What a URL says; StateError, which does not repeat the URL, when it is none."""
    try:
        given = conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        raise StateError(
            "the URL of the state cannot be read; it looks like postgresql://USER@HOST:PORT/DATABASE, with"
            " what is special in a name or password as %XX"
        ) from None
    several = {"target_session_attrs": "read-write"} if "," in str(given.get("host", "")) else {}
    values: dict[str, Any] = {**_UNLESS_GIVEN, **several, **given, "client_encoding": "UTF8"}
    conninfo = make_conninfo("", **values)
    return DatabasePlace(conninfo, _name_of(given))


def file_of(url: str) -> Path | None:
    """As `state.file_of`: it is in no file."""
    return None


def _name_of(given: dict[str, Any]) -> str:
    user, host, port, database, service = (str(given.get(part) or "") for part in _SHOWN)
    pairs = zip_longest(host.split(","), port.split(","), fillvalue=port if "," not in port else "")
    places = ",".join(f"{one}:{number}" if number else one for one, number in pairs)
    name = f"postgresql://{user}@{places}/{database}" if user else f"postgresql://{places}/{database}"
    return f"{name}?service={service}" if service else name
