"""One writer at a time, and nothing lost when it dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from state import Locked, open_state
from tests.state.samples import WEB, sqlite_rows

HOLDER = """
import sys, time
from state import open_state
store = open_state(sys.argv[1])
with store.writer("virt-reconcile apply shop"):
    print("held", flush=True)
    time.sleep(60)
"""

WRITER = """
import sys
from state import open_state
from state.records import RecordDocuments
from tests.state.samples import record
store = open_state(sys.argv[1])
with store.writer("virt-reconcile apply shop"):
    store.begin_run("apply", "tree")
    number = 0
    while True:
        number += 1
        store.put(record(declared_digest=str(number)), RecordDocuments(str(number), "x" * 20000))
        if number == 1:
            print("held", flush=True)
"""


@contextmanager
def process(program: str, path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that holds the lock."""
    started = subprocess.Popen([sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE, text=True)
    assert started.stdout is not None
    try:
        assert started.stdout.readline() == "held\n"
        yield started
    finally:
        started.kill()
        started.wait()
        started.stdout.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state.db"


def test_the_second_writer_is_told_who_the_first_is(path: Path) -> None:
    store = open_state(str(path))
    with process(HOLDER, path) as holder:
        with pytest.raises(Locked) as caught, store.writer("virt-reconcile apply other"):
            pytest.fail("two writers at once")
        assert caught.value.holder is not None
        assert caught.value.holder.pid == holder.pid
        assert caught.value.holder.command == "virt-reconcile apply shop"
        message = str(caught.value)
        assert f"'virt-reconcile apply shop' holds the state's lock: process {holder.pid} of " in message
        assert "since 20" in message
        assert store.records() == {}  # readers need no lock
    store.close()


def test_the_lock_is_free_again_when_the_block_ends(path: Path) -> None:
    store = open_state(str(path))
    for _ in range(2):
        with store.writer("apply"):
            pass
    with pytest.raises(ZeroDivisionError), store.writer("apply"):
        raise ZeroDivisionError
    with store.writer("apply"):
        pass
    store.close()


def test_one_process_does_not_lock_twice_either(path: Path) -> None:
    first, second = open_state(str(path)), open_state(str(path))
    with first.writer("run"), pytest.raises(Locked, match="'run' holds"), second.writer("apply"):
        pytest.fail("two writers at once")
    first.close()
    second.close()


def test_a_holder_that_has_not_given_its_name_yet(path: Path) -> None:
    store = open_state(str(path))
    with store.writer("apply"):
        os.truncate(path.with_name("state.db.lock"), 0)
        with pytest.raises(Locked, match="another process holds"), store.writer("apply"):
            pytest.fail("two writers at once")
    store.close()


def test_killed_amid_a_write_the_lock_is_free_and_the_state_whole(path: Path) -> None:
    for attempt in range(5):
        with process(WRITER, path) as writer:
            time.sleep(attempt * 0.007)
            writer.send_signal(signal.SIGKILL)
            assert writer.wait() == -signal.SIGKILL
        store = open_state(str(path))
        with store.writer("apply"):
            assert store.documents([WEB])[WEB].declared == store.records()[WEB].declared_digest
            lineage, serial = store.serial()
            store.forget(WEB)
            assert store.serial() == (lineage, serial + 1)
            assert sqlite_rows(store, "PRAGMA integrity_check") == [("ok",)]
            assert {run.status for run in store.runs()} == {"interrupted"}
        store.close()
