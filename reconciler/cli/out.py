"""The only door through which text leaves: standard output and standard error, and all of it plain.

Nothing else of the command line writes to either (a test holds that), but for a guest's console, which is
shown as it is.

A line leaves as one, and both streams keep the order in which things were said: what went to the one has left
before anything goes to the other. The line that is written over on a terminal makes room for all of them.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from contextlib import suppress
from typing import TextIO

from reconciler.report.paint import shown
from specs.plain import plain_json, plain_lines

_mutex = threading.RLock()
_passing = ""
"""What stands on the terminal's last line and is written over."""
_said = 0.0
_CLEAR = "\r\x1b[K"


def say(line: str = "") -> None:
    """A line of the result, on standard output; a line end within it is shown as one."""
    _result(f"{shown(line)}\n")


def say_lines(text: str) -> None:
    """A text of several lines, on standard output."""
    _result(f"{plain_lines(text)}\n")


def say_json(document: str) -> None:
    """A JSON document, on standard output."""
    _result(f"{plain_json(document)}\n")


def tell(line: str) -> None:
    """A line of progress or a message, on standard error."""
    _message(f"{shown(line)}\n")


def tell_json(line: str) -> None:
    """A message as one line of JSON, on standard error."""
    _message(f"{plain_json(line)}\n")


def tell_lines(text: str) -> None:
    """A text of several lines, on standard error."""
    _message(f"{plain_lines(text)}\n")


def ask(question: str) -> str:
    """What a person at the terminal answers to a question, on one line."""
    _message(shown(question))
    return sys.stdin.readline().strip()


def replace_line(text: str) -> None:
    """Writes over the terminal's last line; '' only clears it."""
    global _passing
    with _mutex:
        if text or _passing:
            _to_stderr(f"{_CLEAR}{shown(text)}")
        _passing = text


def last_said() -> float:
    """When a line was last said that stays, by the monotonic clock."""
    return _said


def flush() -> None:
    """Sees to it that what was said has left, before more is said elsewhere. BrokenPipeError when nobody
    reads it any more."""
    sys.stdout.flush()


def let_go(stream: TextIO) -> None:
    """Whoever read a stream has left, as `head` does: what is still to be said there is said to nobody."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def _result(text: str) -> None:
    with _mutex:
        _make_room()
        _write(sys.stdout, text)


def _message(text: str) -> None:
    with _mutex:
        _make_room()
        _to_stderr(text)


def _make_room() -> None:
    global _said
    _said = time.monotonic()
    replace_line("")


def _to_stderr(text: str) -> None:
    """Whoever does something goes on with it though nobody reads the messages any more."""
    with suppress(BrokenPipeError):
        sys.stdout.flush()
    try:
        _write(sys.stderr, text)
        sys.stderr.flush()
    except BrokenPipeError:
        let_go(sys.stderr)


def _write(stream: TextIO, text: str) -> None:
    """What the stream's encoding has no character for is escaped too: LANG=C must not end a command."""
    try:
        stream.write(text)
    except UnicodeEncodeError:
        encoding = stream.encoding or "ascii"
        stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
