"""What must hold, whatever the case."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.fuzz.ground import Ground, Said
from tests.fuzz.valid import SECRET_VALUE

CODES = frozenset({0, 1, 2, 3, 130})
_NEVER = ("internal error", "please report it", "Traceback")
_ROOT = str(Path(__file__).parents[2])


def words(ground: Ground) -> Iterator[str]:
    """What is wrong with what the program said."""
    for said in ground.said:
        yield from (f"{_call(said)}: {problem}" for problem in _wrong(said))


def _wrong(said: Said) -> Iterator[str]:
    if said.code not in CODES:
        yield f"exit code {said.code}"
    if "Traceback" in said.text:
        yield f"an internal error: {_deepest(said.text)}"
    elif any(text in said.text for text in _NEVER):
        yield f"an internal error: {_line_with(said.text, _NEVER)}"
    if SECRET_VALUE in said.text:
        yield "shows a secret's value"


def _deepest(text: str) -> str:
    """The error at a traceback's end, and the last line of our own code that it came through."""
    lines = text[text.index("Traceback") :].splitlines()
    ours = [line.strip() for line in lines if f'File "{_ROOT}' in line and "site-packages" not in line]
    ends = [line for line in lines[1:] if line and not line.startswith(" ") and "internal error" not in line]
    return f"{ends[0][:200] if ends else '?'} at {ours[-1].replace(_ROOT, '') if ours else '?'}"


def _line_with(text: str, words: tuple[str, ...]) -> str:
    return next(line for line in text.splitlines() if any(word in line for word in words))[:300]


def _call(said: Said) -> str:
    return " ".join(said.arguments[:1])
