"""Measures versions of libvirt: `python -m tests.versions bookworm trixie sid`, as root.

Each suite of Debian gets a root with its libvirt and QEMU, made once below --cache and kept. Its daemon runs
in namespaces of its own. The first row of a suite says what its libvirt accepts of our own documents (and of
those in each --documents folder), and what then needs nothing more; those after it, what becomes of all that
when the same host is upgraded to the suites named later. Exit codes: 0 everything is as it should be, 1 not.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tests.support.debian import cache_folder
from tests.versions.roots import HERE, SUITES, root_of
from tests.versions.suite import Row, measure

_NOT_OURS = "accepted"  # what a libvirt does not take is no fault of ours


def main(arguments: list[str] | None = None) -> int:
    options = argparse.ArgumentParser(
        prog="python -m tests.versions", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    options.add_argument(
        "suites", nargs="+", metavar="SUITE", help=f"{', '.join(SUITES)}; or {HERE}, this machine"
    )
    options.add_argument(
        "--cache", type=Path, default=cache_folder(), metavar="DIR", help="where roots are kept"
    )
    options.add_argument(
        "--documents", type=Path, action="append", default=[], metavar="DIR", help="more XML"
    )
    options.add_argument("--no-upgrades", action="store_true", help="each suite by itself")
    options.add_argument(
        "--show", type=int, default=3, metavar="N", help="tells so many of what is wrong (3)"
    )
    given = options.parse_args(arguments)
    for folder in given.documents:
        if not folder.is_dir():
            options.error(f"{folder} is no folder")
    roots = {suite: root_of(suite, given.cache) for suite in given.suites}
    wrong = False
    for number in range(len(roots)):
        chosen = dict(list(roots.items())[number : number + 1 if given.no_upgrades else None])
        for row in measure(chosen, given.cache, given.documents):
            tell(row, given.show)
            wrong |= any(column.wrong for name, column in row.columns.items() if name != _NOT_OURS)
    return 1 if wrong else 0


def tell(row: Row, most: int) -> None:
    """A row of the table, and the first of what is wrong in each of its columns."""
    cells = " | ".join(f"{name} {column}" for name, column in row.columns.items())
    print(f"| {row.place} | {row.version} | {cells} |", flush=True)
    for name, column in row.columns.items():
        for address, told in list(column.wrong.items())[: most if name != _NOT_OURS else 0]:
            print(f"    {name}: {address}: {told}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
