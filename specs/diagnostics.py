"""One problem of the desired-state files: where it stands, what is wrong, what is allowed."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

_LISTED = 40
"""More choices than a person would read are not listed."""


@dataclass(frozen=True, slots=True, order=True)
class Origin:
    """Where something was declared: a file relative to the tree, line and column from 1. What has no lines,
    such as a folder, has line 0."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """What is wrong at an origin, in words that say what to do."""

    origin: Origin
    message: str

    def __str__(self) -> str:
        return f"{self.origin}: {self.message}"


def of_folder(folder: object, message: str) -> Problem:
    """What is wrong with a whole folder."""
    return Problem(Origin(str(folder), 0, 0), message)


class InvalidTree(Exception):
    """The desired-state files are invalid; `problems` holds all of them, sorted."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(map(str, self.problems)))


def nearest(word: str, allowed: Iterable[str], likeness: float = 0.6) -> str:
    """The allowed word that is most like one that is not; '' when none is near."""
    return next(iter(difflib.get_close_matches(word, sorted(set(allowed)), n=1, cutoff=likeness)), "")


def did_you_mean(word: str, allowed: Iterable[str]) -> str:
    """' (did you mean …?)' with the nearest allowed word, or what is allowed when none is near."""
    choices = sorted(set(allowed))
    near = nearest(word, choices)
    if near:
        return f"; did you mean '{near}'?"
    return f"; allowed: {', '.join(choices)}" if choices and len(choices) <= _LISTED else ""
