"""Colour where it is wanted, plain text everywhere else; and the one way in which text leaves."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass
from typing import TextIO

from specs.plain import LONGEST, plain

_CODES = {
    "green": "32",
    "yellow": "33",
    "red": "31",
    "blue": "34",
    "cyan": "36",
    "magenta": "35",
    "dim": "2",
    "bold": "1",
}
_TOKEN = f"\x1b<{os.urandom(12).hex()}:"
"""Begins a mark of ours in text that is still to be shown; nobody else can guess it."""
_MARK = re.compile(re.escape(_TOKEN) + r"(\d+)>")


@dataclass(frozen=True, slots=True)
class Paint:
    """Marks text with a terminal's colours, or leaves it as it is. The marks become colours where the text
    is shown (`shown`), after everything else in it was made plain."""

    on: bool = False

    def __call__(self, colour: str, text: str) -> str:
        """The text in a colour, marked in a way that no text of the user's can imitate."""
        return f"{_TOKEN}{_CODES[colour]}>{text}{_TOKEN}0>" if self.on and colour else text


PLAIN = Paint()
"""No colours."""


def paint_for(choice: str, stream: TextIO | None = None) -> Paint:
    """`auto` colours a terminal, unless NO_COLOR says no (no-color.org), and what is no terminal if
    CLICOLOR_FORCE says so (bixense.com/clicolors)."""
    if choice != "auto":
        return Paint(choice == "always")
    told = os.environ.get
    if told("NO_COLOR"):
        return Paint(False)
    if told("CLICOLOR_FORCE", "0") not in ("", "0"):
        return Paint(True)
    return Paint((stream or sys.stdout).isatty() and told("CLICOLOR") != "0" and told("TERM") != "dumb")


def unmarked(line: str) -> str:
    """A line without marks of colours: what of it takes room."""
    return _MARK.sub("", line) if _TOKEN in line else line


def shown(line: str, limit: int = LONGEST) -> str:
    """A line as a terminal may get it: plain (specs.plain), and our own colours the only escape sequences."""
    if _TOKEN not in line:
        return plain(line, limit)
    parts = _MARK.split(line)
    colours = (f"\x1b[{part}m" if index % 2 else plain(part, limit) for index, part in enumerate(parts))
    return "".join(colours)
