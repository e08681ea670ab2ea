"""Lines that fit a terminal, broken between words; elsewhere a line stays a line."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from typing import TextIO

from reconciler.report.paint import unmarked
from specs.plain import width as width_of

_NARROWEST = 40
"""Columns below which lines are left as they are."""
_HANGING = 4
_USUAL = 80
_WORD = re.compile(r"(?:\S*\[[^\[\]]* [^\[\]]*\]\S*|\S+)\s*")
"""What is not broken: a word, and what stands in brackets."""


def terminal_width(stream: TextIO | None = None) -> int:
    """The columns that a terminal has now, for it may have been resized; 0 for what is none."""
    stream = stream or sys.stdout
    if not stream.isatty():
        return 0
    try:
        return os.get_terminal_size(stream.fileno()).columns or _USUAL
    except (OSError, ValueError):
        return _USUAL


def wrapped(line: str, columns: int) -> Iterator[str]:
    """A line as lines of so many columns, those after the first further in; as it is where they are none, or
    too few."""
    if columns < _NARROWEST or width_of(unmarked(line)) <= columns:
        yield line
        return
    body, seen = line.lstrip(" "), unmarked(line)
    indent = " " * (len(seen) - len(seen.lstrip(" ")) + _HANGING)
    kept = line[: len(line) - len(body)]
    used = len(kept)
    begun = False
    for word in _WORD.findall(body):
        long = width_of(unmarked(word).rstrip())
        if begun and used + long > columns:
            yield kept.rstrip(" ")
            kept, used = indent, len(indent)
        kept += word
        used += width_of(unmarked(word))
        begun = True
    yield kept.rstrip(" ")
