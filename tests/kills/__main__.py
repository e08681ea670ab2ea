"""Kills at random: `python -m tests.kills --simulated 200 --real 30 [--seed S]`.

SIGKILL at random moments of `apply` and `run`, upon trees with creations, edits, removals, fills and moves.
After each: nothing of anybody is lost, the next apply ends well, and the next plan is empty. The real ones
need root. Exit codes: 0 all held, 1 some did not.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random


def main(arguments: list[str] | None = None) -> int:
    options = argparse.ArgumentParser(
        prog="python -m tests.kills", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    options.add_argument("--simulated", type=int, default=200, metavar="N")
    options.add_argument("--real", type=int, default=0, metavar="N")
    options.add_argument("--seed", type=int, default=int(time.time()))
    given = options.parse_args(arguments)
    print(f"seed {given.seed}", flush=True)
    began = time.monotonic()
    kills: Counter[str] = Counter()
    failed = 0
    folder = Path(tempfile.mkdtemp(prefix="vr-kills-"))
    for scene, number, wrong in _trusted(given.simulated, given.real, folder, Random(given.seed)):
        kills[scene] += number
        if wrong:
            failed += 1
            print(f"FAILED {scene}: {wrong}", flush=True)
    if not failed:
        shutil.rmtree(folder)
    print(f"killed {', '.join(f'{n} times in {scene}' for scene, n in kills.items())}", end="")
    print(f"; {time.monotonic() - began:.0f} s")
    print(f"{kills.total() - failed} passed, {failed} failed")
    return 1 if failed else 0


def _trusted(simulated: int, real: int, folder: Path, rng: Random) -> Iterator[tuple[str, int, str]]:
    """The controller lets these trees read secrets and images outside of them."""
    from tests.support.policy import trusting

    with trusting(folder):
        yield from _rounds(simulated, real, folder, rng)


def _rounds(simulated: int, real: int, folder: Path, rng: Random) -> Iterator[tuple[str, int, str]]:
    if simulated:
        from tests.kills.simulated import rounds

        yield from rounds(simulated, folder / "simulated", rng)
    if real:
        from tests.kills.real import rounds as real_rounds

        yield from real_rounds(real, folder / "real", rng)


if __name__ == "__main__":
    sys.exit(main())
