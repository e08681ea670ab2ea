"""Problems as forges show them beside the lines of the files, for whoever reviews a change.

Files may be anybody's: nothing of a name or a message ends the place in which it stands.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import PurePath

from specs.diagnostics import Problem
from specs.plain import plain


def github_lines(problems: Iterable[Problem], warnings: Iterable[Problem], folder: str) -> Iterator[str]:
    """Workflow commands, which GitHub, Gitea and Forgejo read from a job's output; `folder` is the tree's,
    below that of the repository.
    """
    for kind, told in (("error", problems), ("warning", warnings)):
        yield from (_command(kind, problem, folder) for problem in told)


def gitlab_report(problems: Iterable[Problem], warnings: Iterable[Problem], folder: str) -> str:
    """A report of code quality, as GitLab takes one from a job (artifacts: reports: codequality)."""
    told = [("critical", problem) for problem in problems] + [("minor", warning) for warning in warnings]
    return json.dumps(list(_findings(told, folder)), indent=2)


def _command(kind: str, problem: Problem, folder: str) -> str:
    """As actions/toolkit escapes it (packages/core/src/command.ts)."""
    origin = problem.origin
    place = {
        "file": _path(problem, folder),
        "line": origin.line,
        "col": origin.column,
        "title": "virt-reconcile",
    }
    told = ",".join(f"{name}={_escaped(str(value), '%:,')}" for name, value in place.items())
    return f"::{kind} {told}::{_escaped(plain(problem.message), '%')}"


def _escaped(text: str, signs: str) -> str:
    return "".join(f"%{ord(sign):02X}" if sign in signs or sign in "\r\n" else sign for sign in text)


def _findings(told: Iterable[tuple[str, Problem]], folder: str) -> Iterator[dict[str, object]]:
    """One is known again by what it says of which file, although its line has moved."""
    seen: Counter[tuple[str, str]] = Counter()
    for severity, problem in told:
        what = (_path(problem, folder), plain(problem.message))
        seen[what] += 1
        yield {
            "description": what[1],
            "check_name": "virt-reconcile",
            "fingerprint": hashlib.sha256("\0".join((*what, str(seen[what]))).encode()).hexdigest(),
            "severity": severity,
            "location": {"path": what[0], "lines": {"begin": problem.origin.line}},
        }


def _path(problem: Problem, folder: str) -> str:
    return str(PurePath(folder, plain(problem.origin.file)))
