"""Messages that pages quote without the command that prints them are made of the program's own sentences."""

from __future__ import annotations

import functools
import re

from tests.docs.commands import PLACEHOLDER, texts
from tests.docs.page import blocks

_LEAST = 5
"""Shorter texts of the code are found in any sentence."""
_MOST_OF_IT = 0.5
"""How much of a line has to be no value that was filled in."""


@functools.cache
def pieces() -> tuple[str, ...]:
    """The texts of the code, without what is filled in, the longest first."""
    found = {piece.strip() for _, text in texts() for piece in re.split(rf"[\n{{}}]|\b{PLACEHOLDER}\b", text)}
    return tuple(sorted((piece for piece in found if len(piece) >= _LEAST), key=len, reverse=True))


def own(line: str) -> float:
    """Which part of a line's letters the code has."""
    left = line
    for piece in pieces():
        left = left.replace(piece, "")
    letters = re.compile(r"[^\W\d_]")
    return 1 - len(letters.findall(left)) / max(len(letters.findall(line)), 1)


def test_a_quoted_message_is_the_programs_own() -> None:
    quoted = [
        (str(block), line)
        for block in blocks("text")
        if "message" in block.said
        for line in block.text.splitlines()
        if line.strip() not in {"", "…"}
    ]
    assert len(quoted) > 10
    assert [each for each in quoted if own(each[1]) < _MOST_OF_IT] == []
    assert (
        own("error: whoever tidies the garden has to wait until the others have had their supper")
        < _MOST_OF_IT
    )
