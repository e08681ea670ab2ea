"""Opening a state: to write, made or brought up to date where need be; to read, left as it is."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import closing

import psycopg

from state.errors import StateError
from state.postgres.connecting import connect
from state.postgres.database import Connection, PostgresDatabase, fetched
from state.postgres.errors import told
from state.postgres.fleets import fleet_key
from state.postgres.migrations import LATEST, check, migrate
from state.postgres.state import PostgresState
from state.postgres.url import DatabasePlace, place_of


def open_state(
    url: str,
    *,
    readonly: bool = False,
    fleet: str = "default",
    uuid: str = "",
    declares: Collection[str] = (),
) -> PostgresState:
    """As `state.open_state`."""
    place = place_of(url)
    try:
        with closing(connect(place)) as connection:
            made = _prepare(connection, place, readonly=readonly)
            key = f"{fleet}/{uuid}" if uuid else fleet
            if made:
                key = fleet_key(connection, fleet, uuid, declares, readonly=readonly)
    except psycopg.Error as error:
        raise told(place.name, error) from error
    return PostgresState(PostgresDatabase(place, readonly=readonly, made=made), key)


def key_of(url: str, *, make: bool = False) -> bytes | None:
    """As `state.key_of`."""
    state = open_state(url, readonly=not make)
    try:
        return state.own_key()
    finally:
        state.close()


def _prepare(connection: Connection, place: DatabasePlace, *, readonly: bool) -> bool:
    """Whether there is a state; to be written, there is one now."""
    (encoding,) = fetched(connection, "SHOW server_encoding")[0]
    if encoding != "UTF8":
        raise StateError(
            f"the database {place.name} is encoded in {encoding}, which cannot hold every name: make it with"
            " createdb --encoding=UTF8 --template=template0"
        )
    if not readonly:
        migrate(connection)
        return True
    version = check(connection)
    if 0 < version < LATEST:
        raise StateError(
            f"the state {place.name} has schema version {version} and is read as {LATEST}: `apply` or `run`"
            " brings it up to date"
        )
    return version > 0
