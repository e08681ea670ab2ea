"""Fuzzes: `python -m tests.fuzz --minutes N [--seed S] [--only trees|hosts|replies|cli]`.

Without --only, the subjects take turns. A case that does not hold is kept as a folder (its tree, its host,
and all that the program said), with the command that replays it. Exit codes: 0 all held, 1 some did not.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from tests.fuzz.case import SUBJECTS, Case, judged, remove, work_folder
from tests.fuzz.crew import Finding, run_cases


def main(arguments: list[str] | None = None) -> int:
    options = argparse.ArgumentParser(
        prog="python -m tests.fuzz", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    options.add_argument("--minutes", type=float, default=1.0)
    options.add_argument("--seed", type=int, default=int(time.time()))
    options.add_argument("--only", choices=tuple(SUBJECTS))
    options.add_argument("--most", type=int, default=20, help="ends after so many kinds of failures (20)")
    options.add_argument("--replay", metavar="CASE", help="one case again, such as trees:7.123")
    given = options.parse_args(arguments)
    if given.replay:
        return replay(Case.parse(given.replay))
    subjects = (given.only,) if given.only else tuple(SUBJECTS)
    return fuzz(subjects, given.seed, given.minutes * 60, given.most)


def cases(subjects: tuple[str, ...], seed: int) -> Iterator[Case]:
    """Without end; trees are cheap, so there are several to each of the others."""
    for number in count():
        for subject in subjects:
            for turn in range(4 if subject == "trees" else 1):
                yield Case(subject, f"{seed}.{4 * number + turn}")


def fuzz(subjects: tuple[str, ...], seed: int, seconds: float, most: int) -> int:
    """Runs for so long, tells each new kind of failure once, and counts."""
    print(f"seed {seed}", flush=True)
    folder, began = work_folder(), time.monotonic()
    kinds: Counter[str] = Counter()
    ran = 0
    try:
        for finding in run_cases(cases(subjects, seed), began + seconds, folder):
            ran += 1
            if finding is not None:
                tell(finding, folder, first=not kinds[kind_of(finding)])
                kinds[kind_of(finding)] += 1
            if len(kinds) >= most:
                break
    finally:
        remove(folder)
    took = time.monotonic() - began
    failed = sum(kinds.values())
    print(f"{ran} cases in {took:.0f} s ({ran / took:.0f} a second), {len(kinds)} kinds of failures")
    print(f"{ran - failed} passed, {failed} failed")
    return 1 if failed else 0


def kind_of(finding: Finding) -> str:
    """What tells failures apart: an internal error by its place, others by the subject and their words."""
    problem = finding.problems[0].splitlines()[0]
    error, _, place = problem.partition(" at File ")
    if place:
        return f"{error.partition('internal error: ')[2].partition(':')[0]} {place}"
    return f"{finding.case.subject} {''.join(one for one in problem if not one.isdigit())[:120]}"


def tell(finding: Finding, folder: Path, *, first: bool) -> None:
    """A failure of a new kind is shown and kept; another one of a known kind is only counted."""
    place = folder / str(finding.case).replace(":", "-")
    if first:
        kept = Path(tempfile.mkdtemp(prefix=f"vr-fuzz-{place.name}-")) / "case"
        if place.exists():
            shutil.copytree(place, kept, symlinks=True, ignore=_pipes)
        print(f"\nFAILED {finding.case}", *finding.problems, sep="\n  ")
        print(f"  kept in {kept}\n  replay: python -m tests.fuzz --replay {finding.case}", flush=True)
    remove(place)


def _pipes(folder: str, names: list[str]) -> set[str]:
    """What cannot be copied."""
    return {name for name in names if (path := Path(folder) / name).is_fifo() or path.is_socket()}


def replay(case: Case) -> int:
    """One case in this process, with all that the program said."""
    folder = Path(tempfile.mkdtemp(prefix="vr-replay-")) / "case"
    problems = judged(case, folder)
    print((folder / "said.txt").read_text())
    for problem in problems:
        print(f"does not hold: {problem}")
    print(f"kept in {folder}" if problems else "all holds")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
