"""The tests' own PostgreSQL does what befalls it, and keeps what was committed."""

from __future__ import annotations

import pytest

from tests.support.postgres import PostgresServer, session_postgres


def test_it_comes_back_with_what_was_committed() -> None:
    server = session_postgres()
    name = server.database().rpartition("/")[2]
    server.sql("CREATE TABLE kept (n int)", name)
    for number, befall in enumerate((server.stop, server.kill)):
        server.sql(f"INSERT INTO kept VALUES ({number})", name)
        befall()
        with pytest.raises(AssertionError, match="failed"):
            server.sql("SELECT 1", name)
        server.start()
        assert server.sql("SELECT count(*) FROM kept", name) == str(number + 1)


def test_a_standby_that_takes_over_has_another_timeline() -> None:
    server = PostgresServer()
    try:
        server.start()
        asked = "SELECT left(pg_walfile_name(pg_current_wal_lsn()), 8)"
        assert server.sql(asked) == "00000001"
        server.promote()
        assert server.sql(asked) == "00000002"
    finally:
        server.close()
    assert not server.folder.exists()
