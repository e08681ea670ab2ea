"""Databases that can be used, and what people are told of those that cannot."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from psycopg_pool import PoolClosed, PoolTimeout

from state import OpenState, StateError, file_of, key_of, open_state
from state.postgres import migrations
from state.postgres.errors import passes, told
from state.postgres.url import place_of
from tests.state.samples import DOCUMENTS, WEB, record
from tests.support.postgres import GUARDED, empty_state, session_postgres

PASSWORD = "s3cret"


def name_of(url: str) -> str:
    return url.rpartition("/")[2]


@pytest.fixture(scope="module")
def guarded() -> str:
    """A database of a role that has to give its password."""
    server = session_postgres()
    url = server.database()
    if not server.sql(f"SELECT 1 FROM pg_roles WHERE rolname = '{GUARDED}'"):
        server.sql(f"CREATE ROLE {GUARDED} LOGIN PASSWORD '{PASSWORD}'")
    server.sql(f"ALTER DATABASE {name_of(url)} OWNER TO {GUARDED}")
    return url.replace("postgres@", f"{GUARDED}@")


def test_many_that_begin_at_once_make_one_state() -> None:
    url = session_postgres().database()
    with ThreadPoolExecutor(6) as pool:
        states: list[OpenState] = list(pool.map(lambda _: open_state(url), range(6)))
    assert len({state.serial()[0] for state in states}) == 1
    states[0].put(record(), DOCUMENTS)
    assert all(list(state.records()) == [WEB] for state in states)
    for state in states:
        state.close()


def test_what_is_only_read_is_not_made_and_is_seen_when_it_is() -> None:
    url = session_postgres().database()
    reader = open_state(url, readonly=True)
    assert not reader.records()
    assert reader.serial() == ("", 0)
    assert key_of(url) is None
    assert session_postgres().sql("SELECT to_regnamespace('virt_reconcile')", name_of(url)) == ""
    assert len(key_of(url, make=True) or b"") == 32
    writer = open_state(url)
    writer.put(record(), DOCUMENTS)
    assert list(reader.records()) == [WEB]
    writer.close()
    reader.close()


def test_a_password_comes_from_the_url_or_the_environment(
    guarded: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(StateError, match="PGPASSWORD"):
        open_state(guarded)
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    open_state(guarded).close()
    monkeypatch.delenv("PGPASSWORD")
    open_state(guarded.replace("@", f":{PASSWORD}@")).close()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda url: url.replace("@", ":wr0ng@"), r"password authentication failed.*PGPASSWORD"),
        (lambda url: url.replace("@", ":wr0ng@[", 1), r"the URL of the state cannot be read"),
        (lambda url: url.replace("@", ":wr0ng@") + "?sslmodus=on", r"the URL of the state cannot be read"),
        (lambda url: f"postgresql://{GUARDED}:wr0ng@127.0.0.1:1/x", r"127\.0\.0\.1:1/x cannot be reached"),
        (lambda url: session_postgres().url("nowhere"), r'database "nowhere" does not exist; make it'),
    ],
)
def test_what_is_wrong_is_told_without_the_password(guarded: str, change, words: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(StateError, match=words) as caught:
        open_state(change(guarded))
    assert "wr0ng" not in str(caught.value)


def test_a_role_that_may_not_make_it_is_told(guarded: str) -> None:
    server, url = session_postgres(), session_postgres().database()
    server.sql("CREATE ROLE visitor LOGIN")
    with pytest.raises(StateError, match=r"has to be granted \(permission denied for database"):
        open_state(url.replace("postgres@", "visitor@"))


def test_a_role_that_only_looks_needs_what_the_documents_say(guarded: str) -> None:
    server, url = session_postgres(), empty_state()
    said = (Path(__file__).parents[3] / "docs/postgres.md").read_text()
    server.sql("CREATE ROLE viewer LOGIN")
    for line in re.findall(r"^((?:GRANT|REVOKE) .*;)$", said, flags=re.MULTILINE):
        server.sql(line, name_of(url))
    state = open_state(url)
    state.put(record(), DOCUMENTS)
    viewer = open_state(url.replace("postgres@", "viewer@"), readonly=True)
    assert list(viewer.records()) == [WEB]
    assert viewer.serial() == state.serial()
    assert not viewer.changes_after(0)
    assert not viewer.controllers()
    assert viewer.sealing_key() == viewer.sealing_key() != state.sealing_key()
    viewer.close()
    with pytest.raises(StateError, match="has to be granted"):
        open_state(url.replace("postgres@", "viewer@"))
    state.close()


def test_a_database_that_is_read_only_is_told() -> None:
    server, url = session_postgres(), session_postgres().database()
    server.sql(f"ALTER DATABASE {name_of(url)} SET default_transaction_read_only = on")
    with pytest.raises(StateError, match="read-only, as a standby is"):
        open_state(url)


def test_a_database_that_cannot_hold_every_name_is_told() -> None:
    server = session_postgres()
    server.sql("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0")
    with pytest.raises(StateError, match="encoded in LATIN1"):
        open_state(server.url("latin"))


def test_a_later_version_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    url = empty_state()
    monkeypatch.setattr(migrations, "LATEST", migrations.LATEST - 1)
    with pytest.raises(StateError, match="upgrade it"):
        open_state(url)


@pytest.mark.parametrize(
    ("error", "words", "again"),
    [
        (psycopg.errors.DiskFull("could not extend file"), "its disk is full: make room", False),
        (psycopg.errors.UndefinedTable("no such relation"), "not made by virt-reconcile", False),
        (psycopg.errors.AdminShutdown("terminating connection"), "terminating connection", True),
        (psycopg.OperationalError("the connection is lost\n\x1b[31m"), r"is lost \[31m; is it running", True),
        (psycopg.errors.DeadlockDetected("deadlock detected"), "deadlock detected", True),
        (PoolTimeout("no connection"), "no connection", False),
        (PoolClosed("the pool is closed"), "was closed meanwhile", False),
    ],
)
def test_errors_are_told_and_tried_again(error: psycopg.Error, words: str, again: bool) -> None:
    with pytest.raises(StateError, match=words):
        raise told("postgresql://db/state", error)
    assert passes(error) is again


def test_a_name_says_where_it_is_and_nothing_else() -> None:
    place = place_of("postgres://me:s3cret@a,b:5433/state?sslmode=require&passfile=/x")
    assert place.name == "postgresql://me@a,b:5433/state"
    assert "target_session_attrs=read-write" in place.conninfo
    assert place_of("postgresql:///?service=shop").name == "postgresql:///?service=shop"
    assert file_of("postgresql://db/state") is None
