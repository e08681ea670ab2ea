"""Text that others wrote, as it may be shown: nothing in it moves a cursor, hides or turns around what
stands beside it."""

from __future__ import annotations

import json
import re
import unicodedata

LONGEST = 20_000
"""Characters of one line that are shown; a person reads no more, and a terminal may choke on it."""

_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\ufe00-\ufe0f\U000e0100-\U000e01ef]"
    "|(?<=[\u0300-\u036f]{4})[\u0300-\u036f]+"
)
"""What str.isprintable() lets through and nobody sees: joiners, fillers, the blank Braille pattern, variation
selectors; and marks heaped upon one letter until they cover the lines around."""

_NAMED = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}


def plain(text: str, limit: int = LONGEST) -> str:
    """One line of text with everything escaped that is no visible character or space: control characters,
    line ends, marks of direction and width, halves of characters, unassigned ones; `\\x1b`, `\\u202e`.
    What is longer than `limit` is cut. Plain text stays as it is, so that it may be called twice.
    """
    if len(text) > limit:
        text = f"{text[:limit]}… ({len(text) - limit} more characters)"
    if text.isprintable():
        if text.isascii():
            return text
        return _INVISIBLE.sub(lambda found: "".join(map(_escaped, found[0])), text)
    shown = (c if c.isprintable() else _escaped(c) for c in text)
    return _INVISIBLE.sub(lambda found: "".join(map(_escaped, found[0])), "".join(shown))


def plain_lines(text: str) -> str:
    """Text of several lines, each of them plain."""
    return "\n".join(map(plain, text.split("\n")))


def plain_json(text: str) -> str:
    """A JSON document with the same characters escaped as JSON has it; it says the same as before."""
    if text.isascii() and "\x7f" not in text:
        return text  # the rest of ASCII's control characters JSON escapes itself

    def escaped(line: str) -> str:
        shown = (c if c.isprintable() else json.dumps(c)[1:-1] for c in line.replace("\x7f", "\\u007f"))
        return _INVISIBLE.sub(lambda found: json.dumps(found[0])[1:-1], "".join(shown))

    return "\n".join(
        line if line.isascii() and line.isprintable() else escaped(line) for line in text.split("\n")
    )


def width(text: str) -> int:
    """How many columns plain text takes on a terminal."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def _columns(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _escaped(character: str) -> str:
    code = ord(character)
    if character in _NAMED:
        return _NAMED[character]
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
