"""gitignore(5)'s patterns, compiled to what takes time in proportion to the path: whoever writes a tree
writes these too."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

_CLASSES = {
    "alnum": "a-zA-Z0-9", "alpha": "a-zA-Z", "blank": " \\t", "cntrl": "\\x00-\\x1f\\x7f", "digit": "0-9",
    "graph": "\\x21-\\x7e", "lower": "a-z", "print": "\\x20-\\x7e", "punct": "!-/:-@\\[-`{-~",
    "space": "\\s", "upper": "A-Z", "xdigit": "0-9a-fA-F",
}  # fmt: skip

_ESCAPED_SLASH = re.compile(r"(?<!\\)((?:\\\\)*)\\/")

Matches = Callable[[str], object]
"""Whether a name matches."""


@dataclass(frozen=True, slots=True)
class IgnorePattern:
    """One line of an ignore file. None among the parts stands for any number of folders; `by_name` is one
    that is about a name in any folder."""

    parts: tuple[Matches | None, ...]
    negated: bool
    folders_only: bool
    by_name: bool
    line: int

    def matches(self, path: Sequence[str], *, folder: bool) -> bool:
        """Whether it is about a path, given by its names from the ignore file's folder on."""
        if self.folders_only and not folder:
            return False
        if self.by_name:
            name = self.parts[0]
            return name is not None and bool(name(path[-1]))
        return _fits(self.parts, path)


def ignore_pattern(text: str, line: int) -> IgnorePattern | None:
    """The pattern of a line; None for an empty one, a comment, and what can match nothing."""
    text = _without_trailing_spaces(text)
    if not text or text.startswith("#"):
        return None
    negated = text.startswith("!")
    text = text[1:] if negated else text
    folders_only = text.endswith("/")
    text = text[:-1] if folders_only else text
    by_name = "/" not in text
    parts = _parts(text.removeprefix("/"))
    return IgnorePattern(parts, negated, folders_only, by_name, line) if parts else None


def _parts(text: str) -> tuple[Matches | None, ...]:
    """Between slashes; () for what matches nothing."""
    words = _ESCAPED_SLASH.sub(r"\1/", text).split("/")
    parts: list[Matches | None] = []
    for number, word in enumerate(words):
        any_folders = len(word) > 1 and not word.strip("*")
        if any_folders and len(words) > 1:
            parts += [None] if parts[-1:] != [None] else []
            if number < len(words) - 1:
                continue
            word = "?*"  # the last: whatever is inside
        expression = _expression(word)
        if not expression:
            return ()  # as git has it: two slashes in a row match nothing either
        parts.append(re.compile(expression, re.S).fullmatch)
    return tuple(parts)


def _fits(parts: Sequence[Matches | None], path: Sequence[str]) -> bool:
    """Goes back to the last 'any folders' alone, as is enough: what comes before it is settled."""
    at = place = 0
    again, from_ = -1, 0
    while place < len(path):
        part = parts[at] if at < len(parts) else _nothing
        if part is None:
            again, from_ = at, place
            at += 1
        elif part(path[place]):
            at += 1
            place += 1
        elif again >= 0:
            from_ += 1
            at, place = again + 1, from_
        else:
            return False
    return at == len(parts)


def _nothing(_: str) -> bool:
    return False


def _expression(word: str) -> str:
    """A regular expression that never goes back for more than one '*' (atomic groups); '' where a bracket
    is left open or a backslash is last, which match nothing."""
    pieces: list[str] = [""]
    at = 0
    while at < len(word):
        sign = word[at]
        at += 1
        if sign == "*":
            if pieces[-1] or len(pieces) == 1:
                pieces.append("")
        elif sign == "?":
            pieces[-1] += "."
        elif sign == "[":
            found, at = _bracket(word, at)
            if not found:
                return ""
            pieces[-1] += found
        elif sign == "\\":
            if at == len(word):
                return ""
            pieces[-1] += re.escape(word[at])
            at += 1
        else:
            pieces[-1] += re.escape(sign)
    first, *rest = pieces
    if not rest:
        return first
    *between, last = rest
    return first + "".join(f"(?>.*?{piece})" for piece in between if piece) + ".*" + last


def _bracket(word: str, at: int) -> tuple[str, int]:
    """The set that begins behind a '[', and where it ends; ('', …) where it does not."""
    negated = word[at : at + 1] in ("!", "^")
    at += negated
    inside = ""
    begin = at
    while at < len(word) and (word[at] != "]" or at == begin):
        named = re.match(r"\[:(\w+):\]", word[at:])
        if named:
            if named[1] not in _CLASSES:
                return "", at
            inside += _CLASSES[named[1]]
            at += named.end()
            continue
        low, at = _sign(word, at)
        if word[at : at + 1] == "-" and word[at + 1 : at + 2] not in ("", "]"):
            high, at = _sign(word, at + 1)
            inside += f"{re.escape(low)}-{re.escape(high)}" if low <= high else re.escape(low)
        else:
            inside += re.escape(low)
    if at >= len(word):
        return "", at
    if not inside:
        return ("." if negated else "(?!)"), at + 1
    return f"[{'^' if negated else ''}{inside}]", at + 1


def _sign(word: str, at: int) -> tuple[str, int]:
    if word[at] == "\\" and at + 1 < len(word):
        return word[at + 1], at + 2
    return word[at], at + 1


def _without_trailing_spaces(text: str) -> str:
    """Those that no backslash keeps."""
    bare = text.rstrip(" ")
    slashes = len(bare) - len(bare.rstrip("\\"))
    return f"{bare} " if slashes % 2 and len(bare) < len(text) else bare
