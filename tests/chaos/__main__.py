"""Faults at random upon a whole service: `python -m tests.chaos --minutes 10 [--seed N] [--only FAULT…]`.

Real hosts with guests, PostgreSQL, a git repository and three controllers for four fifths of the time; one
controller with its state on a small disk and its tree in a folder for the last fifth. Needs root.
Exit codes: 0 all held, 1 something did not.
"""

from __future__ import annotations

import argparse
import logging
import sys
import time

from tests.chaos.faults import FAULTS, possible
from tests.chaos.storm import Told, Weather, storm
from tests.chaos.world import Scale

LARGE = Scale(hosts=3, controllers=3)
SMALL = Scale(hosts=1, controllers=1, postgres=False, git=False)


def main(arguments: list[str] | None = None) -> int:
    """Storms, and tells of each."""
    options = argparse.ArgumentParser(
        prog="python -m tests.chaos", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    options.add_argument("--minutes", type=float, default=1.0)
    options.add_argument("--seed", type=int, default=int(time.time()))
    options.add_argument("--only", nargs="+", choices=tuple(FAULTS), default=(), metavar="FAULT")
    given = options.parse_args(arguments)
    print(f"seed {given.seed}", flush=True)
    logging.getLogger("psycopg").setLevel(logging.CRITICAL)  # that the state is away is no news here
    wrong = 0
    for share, name, scale in ((0.8, "many controllers", LARGE), (0.2, "one controller", SMALL)):
        if not possible(scale, given.only):
            continue
        told = storm(Weather(given.minutes * 60 * share, given.seed, given.only), scale, say)
        wrong += len(told.wrong)
        report(name, told)
    print(f"{'all holds' if not wrong else f'{wrong} things do not hold'}; seed {given.seed}")
    return 1 if wrong else 0


def say(text: str) -> None:
    """A line with its time."""
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


def report(name: str, told: Told) -> None:
    """What came of a storm."""
    print(f"{name}: {len(told.faults)} faults, {told.calls} calls of {told.acts} actions judged")
    for controller, (first, last) in told.memory.items():
        if first:
            print(f"  {controller}: {first // 1024} MiB at first, {last // 1024} MiB at last")
    for problem in told.wrong:
        print(f"  FAILED {problem}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
