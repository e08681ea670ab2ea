"""Entries put into JSON that people write, with comments and commas as they please: all else stays."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

_TOKEN = re.compile(
    r'(?P<blank>\s+|//[^\n]*|/\*.*?\*/)|(?P<text>"(?:[^"\\]|\\.)*")|(?P<sign>[{}\[\]:,])|(?P<word>[^\s{}\[\]:,"/]+)',
    re.DOTALL,
)


def read(text: str) -> Any:
    """The value, comments and commas before a closing bracket left out. Raises ValueError."""
    kept: list[str] = []
    for _, word in _words(text):
        if word in "}]" and kept and kept[-1] == ",":
            kept.pop()
        kept.append(word)
    return json.loads("".join(kept) or "{}")


def with_entry(text: str, path: tuple[str, ...], value: Any) -> str:
    """The text with a value at a path of mappings; as it was where it says so already, or something that
    holds it. Raises ValueError for what is no JSON, or has something else on the way."""
    found: Any = read(text)
    for depth, key in enumerate(path):
        if not isinstance(found, dict):
            raise ValueError(f"{'.'.join(path[:depth]) or 'it'} is no mapping")
        if key not in found:
            return _put(text, path[:depth], key, _nested(path[depth + 1 :], value), empty=not found)
        found = found[key]
    if found != value:
        raise ValueError(f"{'.'.join(path)} says something else")
    return text


def _nested(path: tuple[str, ...], value: Any) -> Any:
    for key in reversed(path):
        value = {key: value}
    return value


def _put(text: str, path: tuple[str, ...], key: str, value: Any, *, empty: bool) -> str:
    """Puts an entry first into the mapping at a path."""
    at = _opened(text, path)
    indent = "  " * (len(path) + 1)
    said = json.dumps(value, indent=2).replace("\n", "\n" + indent)
    entry = f"\n{indent}{json.dumps(key)}: {said}" + ("" if empty else ",")
    if at is None:
        return "{" + entry + "\n}\n"
    closing = "\n" + indent[2:] if empty and re.match(r"\s*\}", text[at:]) else ""
    rest = text[at:].lstrip() if closing else text[at:]
    return text[:at] + entry + closing + rest


def _opened(text: str, path: tuple[str, ...]) -> int | None:
    """Where the mapping at a path begins, behind its bracket; None for an empty text."""
    here: list[str | None] = []
    key: str | None = None
    before = ""
    for end, word in _words(text):
        if word in "{[":
            here.append(key if word == "{" else None)
            if word == "{" and tuple(here[1:]) == path:
                return end
            key = None
        elif word in "}]":
            here.pop()
        elif word == ":":
            key = json.loads(before)
        elif word == ",":
            key = None
        before = word
    return None


def _words(text: str) -> Iterator[tuple[int, str]]:
    """What is no blank and no comment, with where it ends. Raises ValueError."""
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise ValueError(f"no JSON: {text[at : at + 20]!r}")
        at = found.end()
        if not found["blank"]:
            yield at, found[0]
