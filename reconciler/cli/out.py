"""The only door through which text leaves: standard output and standard error, and all of it plain.

Nothing else of the command line writes to either (a test holds that), but for a guest's console, which is
shown as it is.
"""

from __future__ import annotations

import sys
from typing import TextIO

from reconciler.report.paint import shown
from specs.plain import plain_json, plain_lines


def say(line: str = "") -> None:
    """A line of the result, on standard output; a line end within it is shown as one."""
    _write(sys.stdout, f"{shown(line)}\n")


def say_lines(text: str) -> None:
    """A text of several lines, on standard output."""
    _write(sys.stdout, f"{plain_lines(text)}\n")


def say_json(document: str) -> None:
    """A JSON document, on standard output."""
    _write(sys.stdout, f"{plain_json(document)}\n")


def tell(line: str) -> None:
    """A line of progress or a message, on standard error."""
    _write(sys.stderr, f"{shown(line)}\n")


def tell_json(line: str) -> None:
    """A message as one line of JSON, on standard error."""
    _write(sys.stderr, f"{plain_json(line)}\n")


def tell_lines(text: str) -> None:
    """A text of several lines, on standard error."""
    _write(sys.stderr, f"{plain_lines(text)}\n")


def ask(question: str) -> str:
    """What a person at the terminal answers to a question, on one line."""
    _write(sys.stderr, shown(question))
    sys.stderr.flush()
    return sys.stdin.readline().strip()


def replace_line(text: str) -> None:
    """Writes over the terminal's last line; '' only clears it."""
    _write(sys.stderr, f"\r\x1b[K{shown(text)}")
    sys.stderr.flush()


def flush() -> None:
    """Sees to it that what was said has left, before more is said elsewhere."""
    sys.stdout.flush()


def _write(stream: TextIO, text: str) -> None:
    """What the stream's encoding has no character for is escaped too: LANG=C must not end a command."""
    try:
        stream.write(text)
    except UnicodeEncodeError:
        encoding = stream.encoding or "ascii"
        stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
