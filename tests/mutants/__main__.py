"""Puts faults into the code and tells which of them no test notices:
`python -m tests.mutants [--only ROOM] [--file PATTERN] [--minutes N] [--seed S]`.

Without --minutes, every fault is tried; with it, a sample by the seed. What was tried before and has not
changed since is not tried again (.mutants/ remembers it). Needs `pip install -e '.[mutation]'`. Exit codes:
0 enough are noticed in every room that was tried, 1 they are not, or a room's tests fail without a fault.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from fnmatch import fnmatch
from random import Random

from tests.mutants.baseline import Baseline, BrokenTests, baseline
from tests.mutants.faults import Fault, faults_of
from tests.mutants.memory import Memory
from tests.mutants.rooms import ROOMS, ROOT, Room
from tests.mutants.survivors import survivors
from tests.mutants.trial import Bench

ENOUGH = 0.9
"""The share of the faults of a room, without the survivors that have a reason, that tests must notice."""


def main(arguments: list[str] | None = None) -> int:
    options = argparse.ArgumentParser(
        prog="python -m tests.mutants", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    options.add_argument("--only", choices=[room.name for room in ROOMS])
    options.add_argument("--file", default="*", help="only files of this pattern, such as '*/match.py'")
    options.add_argument("--minutes", type=float, help="for all rooms together; each has an equal share")
    options.add_argument("--seed", type=int, default=int(time.time()))
    options.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    given = options.parse_args(arguments)
    rooms = [room for room in ROOMS if given.only in (None, room.name) and room.exists()]
    minutes = given.minutes / max(1, len(rooms)) if given.minutes else None
    print(f"seed {given.seed}", flush=True)
    enough = True
    for room in rooms:
        try:
            enough &= _try_room(room, given.file, given.seed, minutes, given.jobs)
        except BrokenTests as error:
            print(error)
            enough = False
    return 0 if enough else 1


def _try_room(room: Room, pattern: str, seed: int, minutes: float | None, jobs: int) -> bool:
    """Whether tests noticed enough of what was tried."""
    files = [path for path in room.source_files() if fnmatch(str(path.relative_to(ROOT)), pattern)]
    faults = [fault for path in files for fault in faults_of(path)]
    Random(seed).shuffle(faults)
    memory = Memory.of(room)
    known = baseline(room)
    until = time.time() + minutes * 60 if minutes else float("inf")
    waiting = [fault for fault in faults if fault.id not in memory.known]
    workers = [_started(room, known, waiting[job::jobs], until, memory) for job in range(jobs)]
    for worker in workers:
        os.waitpid(worker, 0)
    memory.read()
    return _told(room, faults, memory)


def _started(room: Room, known: Baseline, faults: list[Fault], until: float, memory: Memory) -> int:
    """A process that tries them one by one."""
    child = os.fork()
    if child:
        return child
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 1)
    try:
        Bench(room, known, faults, until, memory.note).run()
    finally:
        os._exit(0)


def _told(room: Room, faults: list[Fault], memory: Memory) -> bool:
    """Prints what survived, and the sums."""
    explained = {entry.key: entry for entry in survivors()}
    tried = [fault for fault in faults if fault.id in memory.known]
    alive = [fault for fault in tried if not memory.known[fault.id].noticed]
    unexplained = []
    for fault in sorted(alive, key=lambda fault: (fault.source.name, fault.line)):
        if (fault.source.name, fault.within, *fault.lines) not in explained:
            unexplained.append(fault)
            print(f"{memory.known[fault.id]:9} {fault}")
    counted = len(tried) - len(alive) + len(unexplained)
    share = 1 - len(unexplained) / counted if counted else 1.0
    print(
        f"{room.name}: {len(tried)} of {len(faults)} tried, {len(tried) - len(alive)} noticed, "
        f"{len(unexplained)} survive, {len(alive) - len(unexplained)} more with a reason: {share:.1%}",
        flush=True,
    )
    return share >= ENOUGH


if __name__ == "__main__":
    sys.exit(main())
