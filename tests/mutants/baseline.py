"""Which tests of a room touch which lines of it, and how long each takes: one run of them all, watched."""

from __future__ import annotations

import hashlib
import json
import os
import time
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import Any

import pytest

from tests.mutants.faults import Fault
from tests.mutants.rooms import ROOT, Room

MEMORY = ROOT / ".mutants"
PYTEST = ("-q", "-x", "--tb=no", "--no-header", "-p", "no:xdist", "-p", "no:cacheprovider", "--timeout=0")


PATIENCE = 30.0
"""How many seconds' worth of tests a fault is given of those that run it, and of the others as many again:
what many tests run, some quick one of them notices."""


class BrokenTests(Exception):
    """The room's own tests fail without any fault."""


@dataclass(frozen=True)
class Baseline:
    """`touched` maps file, line to tests; `seconds` has every test of the room."""

    touched: dict[str, dict[int, frozenset[str]]]
    seconds: dict[str, float]

    def tests(self, fault: Fault) -> list[str]:
        """Those that may notice a fault, the quickest first, as `PATIENCE` says. What runs while a
        module is imported matters to whatever touches the file, and perhaps to others (nobody is seen to read
        a constant); what nothing runs, to nobody."""
        lines = self.touched.get(fault.source.name, {})
        place = range(fault.line, fault.ends + 1)
        found = _of(lines, place) if fault.within else frozenset()
        others = frozenset[str]()
        if not found and any(line in lines for line in place):
            found, others = _of(lines, lines), frozenset(self.seconds)
        return [*self._quickest(found), *self._quickest(others - found)]

    def _quickest(self, tests: frozenset[str]) -> list[str]:
        ordered = sorted(tests, key=lambda test: (self.seconds.get(test, 0.0), test))
        ends = list(accumulate(self.seconds.get(test, 0.0) for test in ordered))
        return ordered[: max(1, bisect_right(ends, PATIENCE))]

    def only_at_import(self, fault: Fault) -> bool:
        """Whether it lies where no test comes by: a function that makes tables while a module is imported."""
        lines = self.touched.get(fault.source.name, {})
        return not _of(lines, range(fault.line, fault.ends + 1))


def _of(lines: dict[int, frozenset[str]], wanted: Any) -> frozenset[str]:
    return frozenset(test for line in wanted for test in lines.get(line, ()))


def digest(files: list[Path]) -> str:
    made = hashlib.sha256()
    for file in files:
        made.update(f"{file}\0".encode() + file.read_bytes())
    return made.hexdigest()[:16]


def baseline(room: Room) -> Baseline:
    """As kept from the last time where nothing has changed since."""
    key = digest(room.source_files() + room.test_files())
    kept = MEMORY / f"{room.name}.json"
    known = json.loads(kept.read_text()) if kept.exists() else {}
    if known.get("key") != key:
        MEMORY.mkdir(exist_ok=True)
        _watch_apart(room, kept, key)
        known = json.loads(kept.read_text())
    tests = known["tests"]
    touched = {
        name: {int(line): frozenset(tests[number] for number in found) for line, found in lines.items()}
        for name, lines in known["touched"].items()
    }
    return Baseline(touched, known["seconds"])


def _watch_apart(room: Room, kept: Path, key: str) -> None:
    """In another process: what is imported here now would not be watched."""
    child = os.fork()
    if not child:
        code = 1
        try:
            code = _watch(room, kept, key)
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    if status:
        raise BrokenTests(f"{room.name}: its tests fail without any fault: pytest {' '.join(room.tests)}")


def _watch(room: Room, kept: Path, key: str) -> int:
    import coverage

    files = [str(path) for path in room.source_files()]
    watch = coverage.Coverage(data_file=None, include=files, config_file=False)
    watched = _Watched(watch)
    watch.start()
    failed = pytest.main([*arguments(room), *map(str, room.test_files())], plugins=[watched])
    watch.stop()
    if failed:
        return 1
    data, tests = watch.get_data(), list(watched.seconds)
    number = {test: at for at, test in enumerate(tests)}
    touched = {
        str(Path(file).relative_to(ROOT)): {
            line: [number[name] for name in names if name]
            for line, names in data.contexts_by_lineno(file).items()
        }
        for file in data.measured_files()
    }
    kept.write_text(json.dumps({"key": key, "tests": tests, "touched": touched, "seconds": watched.seconds}))
    return 0


def arguments(room: Room) -> tuple[str, ...]:
    return (*PYTEST, "-m", "not real", *(("-k", room.only) if room.only else ()))


@dataclass
class _Watched:
    watch: Any
    seconds: dict[str, float] = field(default_factory=dict)

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self.watch.switch_context(item.nodeid)
        began = time.monotonic()
        yield
        self.seconds[item.nodeid] = time.monotonic() - began
        self.watch.switch_context("")
