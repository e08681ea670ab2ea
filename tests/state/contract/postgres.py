"""PostgreSQL, as the contract's tests need it."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

from tests.support.postgres import empty_state, session_postgres

VERSIONS: tuple[int, ...] = ()
"""There is no earlier version yet."""


def url(folder: Path) -> str:
    """An empty state, whatever the folder."""
    return empty_state()


def old(url: str, version: int) -> NoReturn:
    """There is none."""
    raise AssertionError(f"no state in PostgreSQL was ever made with version {version}")


def lose_lease(url: str) -> None:
    """A writer's connection breaks, as when the network does, so that somebody else may come first; a
    controller is taken for dead."""
    session_postgres().sql(
        "DELETE FROM virt_reconcile.controllers;"
        " SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_stat_activity USING (pid)"
        " WHERE locktype = 'advisory' AND datname = current_database()",
        url.rpartition("/")[2],
    )
