"""Tries faults: pytest has collected the room's tests, and each fault has a process of its own from there."""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import pytest

from tests.mutants.baseline import PYTEST, Baseline, arguments
from tests.mutants.faults import Fault
from tests.mutants.replaced import import_anew_with, replaced_in_place
from tests.mutants.rooms import ROOT, Room

_MEMORY = 4 << 30


class Result(StrEnum):
    """What became of a fault. Nothing runs an untouched one: it survives too."""

    KILLED = "killed"
    ENDLESS = "endless"
    SURVIVED = "survived"
    UNTOUCHED = "untouched"

    @property
    def noticed(self) -> bool:
        return self in (Result.KILLED, Result.ENDLESS)


Note = Callable[[Fault, Result], None]


@dataclass
class Bench:
    """Tries its faults in turn until the time is up."""

    room: Room
    known: Baseline
    faults: list[Fault]
    until: float
    note: Note

    def run(self) -> int:
        """Collects the room's tests and tries; pytest's exit code."""
        os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = tempfile.gettempdir()
        _same_every_time()
        return int(
            pytest.main([*arguments(self.room), *map(str, self.room.test_files())], plugins=[self]),
        )

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        items = {item.nodeid: item for item in session.items}
        for fault in self.faults:
            if time.time() > self.until:
                break
            tests = [test for test in self.known.tests(fault) if test in items]
            self.note(fault, self._try(fault, [items[test] for test in tests], tests))
        return True

    def _try(self, fault: Fault, items: list[pytest.Item], tests: list[str]) -> Result:
        if not tests:
            return Result.UNTOUCHED
        limit = 10.0 + 5 * sum(self.known.seconds.get(test, 0.0) for test in tests)
        with _work_folder() as folder:
            child = os.fork()
            if not child:
                _in_child(fault, items, tests, folder, anew=self.known.only_at_import(fault))
            status = _wait(child, limit)
        if status is None:
            return Result.ENDLESS
        return Result.SURVIVED if status == 0 else Result.KILLED


def _same_every_time() -> None:
    """Properties are tried with the same examples for every fault."""
    from hypothesis import settings

    settings.register_profile("faults", derandomize=True, database=None, deadline=None)
    settings.load_profile("faults")


@contextlib.contextmanager
def _work_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="fault-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _in_child(fault: Fault, items: list[pytest.Item], tests: list[str], folder: Path, *, anew: bool) -> None:
    """Never comes back: 0 where all tests pass."""
    code = 1
    try:
        os.setsid()
        os.environ["PYTEST_DEBUG_TEMPROOT"] = str(folder)
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
        null = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(null, stream)
        in_place = not anew and replaced_in_place(fault)
        code = _passes_in_place(items) if in_place else _passes_anew(fault, tests)
    except BaseException:  # noqa: BLE001  # a fault that stops pytest itself is noticed as well
        code = 1
    finally:
        os._exit(code)


def _passes_in_place(items: list[pytest.Item]) -> int:
    session = items[0].session
    for item, following in zip(items, [*items[1:], None], strict=True):
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.testsfailed:
            return 1
    return 0


def _passes_anew(fault: Fault, tests: list[str]) -> int:
    os.chdir(ROOT)
    import_anew_with(fault)
    sys.argv = ["pytest"]
    return int(pytest.main([*PYTEST, *tests]))


def _wait(child: int, limit: float) -> int | None:
    """The child's status; None where it had to be ended."""
    until = time.monotonic() + limit
    while time.monotonic() < until:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return status
        time.sleep(0.01)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None
