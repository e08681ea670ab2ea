"""Colour where it is wanted, plain text everywhere else."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TextIO

_CODES = {"green": "32", "yellow": "33", "red": "31", "blue": "34", "cyan": "36", "dim": "2", "bold": "1"}


@dataclass(frozen=True, slots=True)
class Paint:
    """Wraps text in a terminal's colours, or leaves it as it is."""

    on: bool = False

    def __call__(self, colour: str, text: str) -> str:
        return f"\033[{_CODES[colour]}m{text}\033[0m" if self.on and colour else text


def paint_for(choice: str, stream: TextIO = sys.stdout) -> Paint:
    """`auto` colours a terminal, unless NO_COLOR says no (no-color.org)."""
    if choice == "auto":
        return Paint(stream.isatty() and not os.environ.get("NO_COLOR"))
    return Paint(choice == "always")
