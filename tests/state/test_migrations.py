"""A state is made, or brought up to date, whole or not at all."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from state import open_state
from state.sqlite import migrations
from tests.state.samples import sqlite_rows

OPENER = """
import sys
from state import open_state
print("ready", flush=True)
sys.stdin.readline()
print(open_state(sys.argv[1]).serial()[0])
"""


def test_a_step_that_fails_leaves_the_version_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "state.db"
    open_state(str(path)).close()
    steps = (*migrations._STEPS, ("CREATE TABLE extra (key TEXT)", "this is no SQL"))
    monkeypatch.setattr(migrations, "_STEPS", steps)
    monkeypatch.setattr(migrations, "LATEST", len(steps))
    connection = sqlite3.connect(path, isolation_level=None)
    with pytest.raises(sqlite3.OperationalError):
        migrations.migrate(connection)
    assert migrations.check(connection) == len(steps) - 1
    assert not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'extra'").fetchall()
    connection.close()


def test_a_later_step_keeps_what_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "state.db"
    store = open_state(str(path))
    run, lineage = store.begin_run("apply", "tree"), store.serial()[0]
    store.close()
    steps = (*migrations._STEPS, ("CREATE TABLE extra (key TEXT)",))
    monkeypatch.setattr(migrations, "_STEPS", steps)
    monkeypatch.setattr(migrations, "LATEST", len(steps))
    store = open_state(str(path))
    assert [entry.id for entry in store.runs()] == [run]
    assert store.serial()[0] == lineage
    assert sqlite_rows(store, "SELECT * FROM extra") == []
    store.close()


def test_several_processes_make_one_state(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    openers = [
        subprocess.Popen(
            [sys.executable, "-c", OPENER, str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for opener in openers:
        assert opener.stdout is not None
        assert opener.stdout.readline() == "ready\n"
    for opener in openers:
        assert opener.stdin is not None
        opener.stdin.write("\n")
        opener.stdin.flush()
    answers = [opener.communicate(timeout=60) for opener in openers]
    assert [error for _, error in answers] == [""] * 4
    assert len({lineage for lineage, _ in answers}) == 1
