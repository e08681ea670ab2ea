"""The language of Xen's configuration files: settings of words, numbers and lists (xl.cfg(5), libxlu_cfg_l.l,
virconf.c)."""

from __future__ import annotations

import re
from collections.abc import Iterator

Value = str | list["Value"]
"""A number is a text, too: some settings are written either way."""

_TOKEN = re.compile(
    r"""(?P<space>[ \t\r]+|\#[^\n]*|\\\r?\n)
      | (?P<end>[\n;])
      | (?P<long>\"{3}(?:.|\n)*?\"{3})
      | (?P<text>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')
      | (?P<number>[-+]?(?:0x[0-9a-fA-F]+|[0-9]+)\b)
      | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<sign>\+=|[=\[\],])""",
    re.VERBOSE,
)


class NotXenConfiguration(ValueError):
    """A text that is no configuration of Xen's; says where, and what is wrong."""


class _Tokens:
    """What is left of a text, token by token; lists may go over several lines."""

    def __init__(self, text: str) -> None:
        self._text, self._at, self._depth = text, 0, 0
        self.kind, self.word = "", ""
        self.next()

    def next(self) -> None:
        while self._at < len(self._text):
            found = _TOKEN.match(self._text, self._at)
            if found is None:
                raise self.wrong(f"unexpected {self._text[self._at]!r}")
            self._at = found.end()
            self.kind, self.word = str(found.lastgroup), found[0]
            if self.kind != "space" and not (self.kind == "end" and self._depth):
                self._depth += {"[": 1, "]": -1}.get(self.word, 0) if self.kind == "sign" else 0
                return
        self.kind, self.word = "over", ""

    def wrong(self, what: str) -> NotXenConfiguration:
        line = self._text.count("\n", 0, self._at) + 1
        return NotXenConfiguration(f"line {line}: {what}")


def settings_in(text: str) -> dict[str, Value]:
    """All settings of a file, the last of each counting, as in Python."""
    found: dict[str, Value] = {}
    for name, adds, value in _assignments(_Tokens(text)):
        before = found.get(name)
        if adds and isinstance(before, list) and isinstance(value, list):
            value = [*before, *value]
        elif adds and isinstance(before, str) and isinstance(value, str):
            value = before + value
        found[name] = value
    return found


def _assignments(tokens: _Tokens) -> Iterator[tuple[str, bool, Value]]:
    while tokens.kind != "over":
        if tokens.kind == "end":
            tokens.next()
            continue
        if tokens.kind != "name":
            raise tokens.wrong(f"a setting begins with a name, not with {tokens.word!r}")
        name = tokens.word
        tokens.next()
        if tokens.word not in ("=", "+="):
            raise tokens.wrong(f"'=' is missing after {name}")
        adds = tokens.word == "+="
        tokens.next()
        yield name, adds, _value(tokens)
        if tokens.kind not in ("end", "over"):
            raise tokens.wrong(f"{tokens.word!r} after the value of {name}")


def _value(tokens: _Tokens) -> Value:
    kind, word = tokens.kind, tokens.word
    if kind == "sign" and word == "[":
        return _list(tokens)
    if kind not in ("text", "long", "number", "name"):
        raise tokens.wrong("a value is missing")
    tokens.next()
    if kind == "long":
        return word[3:-3]
    if kind == "text":
        return re.sub(r"\\(.)", r"\1", word[1:-1])
    return word


def _list(tokens: _Tokens) -> Value:
    tokens.next()
    values: list[Value] = []
    while tokens.word != "]":
        values.append(_value(tokens))
        if tokens.kind == "over":
            raise tokens.wrong("a list does not end")
        if tokens.word == ",":
            tokens.next()
        elif tokens.word != "]":
            raise tokens.wrong("',' or ']' is missing in a list")
    tokens.next()
    return values
