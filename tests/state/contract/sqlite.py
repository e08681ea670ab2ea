"""SQLite, as the contract's tests need it."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

from state import file_of
from state.sqlite import migrations
from tests.state.samples import POLICY

VERSIONS = (4, 6)
"""Earlier versions with a journal of which something is carried over."""


def url(folder: Path) -> str:
    """A state in a folder."""
    return f"sqlite:///{folder}/state.db"


def old(url: str, version: int) -> None:
    """A record, an executed plan, an action that ended later, one that never did, one that was recorded."""
    path = file_of(url)
    assert path is not None
    path.touch(mode=0o600)
    with closing(sqlite3.connect(path)) as connection, connection:
        for step in migrations._STEPS[:version]:
            for statement in step:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {version}")
        connection.execute(
            "INSERT INTO records (fleet, address, host, native, declared_digest, readback_digest,"
            " live_digest, version, fingerprint, policy)"
            " VALUES ('default', 'Domain/web', 'hv1', 'web', 'd', 'r', '', 'libvirt 9.0.0', '', ?)",
            (json.dumps(asdict(POLICY)),),
        )
        connection.executemany(
            "INSERT INTO runs VALUES (?, 'default', 'apply', 'tree', '', ?, ?, ?, '', ?)",
            [(1, 10.0, 19.0, "interrupted", ""), (2, 20.0, 29.0, "done", "mac of a plan")],
        )
        connection.executemany(
            "INSERT INTO actions VALUES (?, ?, ?, ?, ?, ?, ?, '')",
            [
                (1, "start Domain/web", "Domain/web", "start", 11.0, None, ""),
                (1, "define Domain/db", "Domain/db", "define", 12.0, None, ""),
                (1, "adopt Domain/lost", "Domain/lost", "adopt", 13.0, 14.0, "done"),
                (2, "define Domain/lost", "Domain/lost", "define", 20.5, None, ""),
                (2, "define Domain/db", "Domain/db", "define", 21.0, 22.0, "done"),
                (2, "start Domain/db", "Domain/db", "start", 23.0, 24.0, "failed"),
            ],
        )


def lose_lease(url: str) -> None:
    """Somebody takes the lock file away."""
    path = file_of(url)
    assert path is not None
    path.with_name(f"{path.name}.lock").unlink()
