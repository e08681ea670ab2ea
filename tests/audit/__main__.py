"""Audits what is locked: `python -m tests.audit [--service pypi|osv] [--offline]`.

Every lock file is looked over without the network: all pinned, all hashed, under which licences. Then
pip-audit asks a service for known vulnerabilities.

Exit codes: 0 nothing known; 1 something is wrong or vulnerable; 2 the service could not be asked, so
nobody knows.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict

from tests.audit import offline, service
from tests.locks.files import ALL, RUN
from tests.locks.read import read_lock

WELL, VULNERABLE, UNKNOWN = 0, 1, 2


def main(arguments: list[str] | None = None) -> int:
    options = argparse.ArgumentParser(
        prog="python -m tests.audit", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    options.add_argument("--service", choices=("pypi", "osv"), default="pypi")
    options.add_argument("--offline", action="store_true", help="asks no service")
    given = options.parse_args(arguments)
    show_licences()
    codes = [look_over()]
    if not given.offline:
        codes += [ask_about(given.service)]
    return VULNERABLE if VULNERABLE in codes else max(codes)


def show_licences() -> None:
    """The licences of what people install, as far as it is installed here."""
    by_licence = defaultdict(list)
    for one in read_lock(RUN.file):
        by_licence[offline.licence_of(one.name) or "not installed here"].append(one.name)
    for licence, names in sorted(by_licence.items()):
        print(f"licence {licence}: {', '.join(names)}")


def look_over() -> int:
    """What needs no network."""
    wrong = [f"{lock.path}: {said}" for lock in ALL for said in offline.problems(read_lock(lock.file))]
    for said in wrong:
        print(said)
    print(f"offline: {len(ALL)} lock files, {len(wrong)} problems")
    return VULNERABLE if wrong else WELL


def ask_about(name: str) -> int:
    """What the service knows of each lock file."""
    code = WELL
    for lock in ALL:
        answer = service.ask(lock.file, name)
        for said in answer.vulnerable:
            print(f"{lock.path}: vulnerable: {said}")
            code = VULNERABLE
        if answer.unknown:
            print(f"{lock.path}: {name} could not be asked: {answer.unknown}")
            code = code or UNKNOWN
        elif not answer.vulnerable:
            print(f"{lock.path}: {name} knows of no vulnerability")
    return code


if __name__ == "__main__":
    sys.exit(main())
