"""A worker process that runs case after case; one that hangs or dies is noticed, and replaced."""

from __future__ import annotations

import json
import os
import resource
import select
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from tests.fuzz.case import Case, judged, remove

LIMIT = 20.0
"""Seconds that a case may take."""

_MEMORY = 4 * 1024**3
"""Bytes that a worker may use: what reads without end is to end itself, not the machine."""

_SHIFT = 300
"""Cases that one worker runs, so that what they leave behind does not pile up."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A case that did not hold."""

    case: Case
    problems: tuple[str, ...]


def run_cases(
    cases: Iterator[Case], until: float, folder: Path, limit: float = LIMIT
) -> Iterator[Finding | None]:
    """Runs cases until the moment (time.monotonic); None for each that holds. The folders of those that do
    not hold stay in `folder`, named after them."""
    while time.monotonic() < until and (shift := list(islice(cases, _SHIFT))):
        done = 0
        for finding in _shift(shift, until, folder, limit):
            done += 1
            yield finding
        if done < len(shift) and time.monotonic() < until:
            cases = _chained(shift[done:], cases)


def _chained(left: list[Case], cases: Iterator[Case]) -> Iterator[Case]:
    yield from left
    yield from cases


def _shift(cases: list[Case], until: float, folder: Path, limit: float) -> Iterator[Finding | None]:
    """One worker's cases; it ends early with one that hung or killed it."""
    reading, writing = os.pipe()
    process = os.fork()
    if not process:
        os.close(reading)
        _work(cases, until, folder, writing)
    os.close(writing)
    told, number = _Lines(reading), 0
    try:
        while number < len(cases):
            line = told.next(limit)
            if not line:
                if line is None:
                    yield Finding(cases[number], (f"hangs: no end within {limit:g} s",))
                elif time.monotonic() < until:
                    yield Finding(cases[number], ("the process died",))
                return
            problems = json.loads(line)
            yield Finding(cases[number], tuple(problems)) if problems else None
            number += 1
    finally:
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
        os.close(reading)


class _Lines:
    """The lines that come through a pipe."""

    def __init__(self, source: int) -> None:
        self._source, self._rest = source, b""

    def next(self, patience: float) -> bytes | None:
        """The next one; b'' when there will be none, None when it does not come in time."""
        deadline = time.monotonic() + patience
        while b"\n" not in self._rest:
            ready, _, _ = select.select([self._source], [], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                return None
            piece = os.read(self._source, 65536)
            if not piece:
                return b""
            self._rest += piece
        line, _, self._rest = self._rest.partition(b"\n")
        return line


def _work(cases: list[Case], until: float, folder: Path, writing: int) -> None:
    """The worker's life; it never returns."""
    try:
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
        silence = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(silence, stream)
        sys.stdin = open(0)  # noqa: SIM115 - for as long as the process lives
        for case in cases:
            if time.monotonic() >= until:
                break
            place = folder / str(case).replace(":", "-")
            problems = judged(case, place)
            if not problems:
                remove(place)
            os.write(writing, json.dumps(problems).encode() + b"\n")
    finally:
        os._exit(0)
