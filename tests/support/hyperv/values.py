"""The values of PowerShell as far as the scripts use them, and its errors."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


class PowerShellError(Exception):
    """An error record: its FullyQualifiedErrorId, its category, and what it says."""

    def __init__(self, id_: str, category: str, message: str) -> None:
        super().__init__(message)
        self.id, self.category, self.message = id_, category, message


class EnumValue(str):
    """A value of an enumeration: equal to its name in any case, and a number once it becomes JSON."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and self.lower() == other.lower()

    __hash__ = str.__hash__


class Thing:
    """An object with properties, whose names have no case; asking for another one is an error, as it is under
    `Set-StrictMode -Version 2`."""

    def __init__(self, **properties: Any) -> None:
        self.properties: dict[str, Any] = properties

    def get(self, name: str) -> Any:
        for own, value in self.properties.items():
            if own.lower() == name.lower():
                return value() if callable(value) else value
        raise PowerShellError(
            "PropertyNotFoundStrict",
            "NotSpecified",
            f"The property '{name}' cannot be found on this object. Verify that the property exists.",
        )


class Hashtable(dict[str, Any]):
    """`@{ … }`: its keys have no case."""

    def __setitem__(self, key: str, value: Any) -> None:
        super().__setitem__(next((own for own in self if own.lower() == key.lower()), key), value)


@dataclass(frozen=True)
class ScriptBlock:
    """`{ … }`, not run yet."""

    body: Any


def member(value: Any, name: str) -> Any:
    """`$value.name`."""
    if isinstance(value, Thing):
        return value.get(name)
    if isinstance(value, Hashtable):
        return Thing(**value).get(name)
    if name.lower() == "count" and isinstance(value, list):
        return len(value)
    if isinstance(value, list):  # of each element (member-access enumeration)
        return unrolled([member(each, name) for each in value])
    return Thing().get(name)


def unrolled(found: list[Any]) -> Any:
    """What a pipeline gives: nothing, one thing, or an array."""
    return None if not found else found[0] if len(found) == 1 else found


def listed(value: Any) -> list[Any]:
    """What is handed on one by one."""
    return [] if value is None else list(value) if isinstance(value, list) else [value]


def truth(value: Any) -> bool:
    """Whether a condition holds."""
    if isinstance(value, list) and len(value) == 1:
        return truth(value[0])
    return bool(value)


def text(value: Any) -> str:
    """`[string] $value`."""
    if isinstance(value, list):
        return " ".join(text(each) for each in value)
    return "" if value is None else str(value)


def from_json(given: str) -> Any:
    """ConvertFrom-Json."""
    return json.loads(given, object_hook=lambda pairs: Thing(**pairs))


def to_json(value: Any, depth: int) -> str:
    """ConvertTo-Json: an enumeration becomes its number (here: one that no test can take for its name), and
    what is nested deeper than -Depth becomes a text."""
    return json.dumps(_plain(value, depth))


def _plain(value: Any, depth: int) -> Any:
    if isinstance(value, EnumValue):
        return -1
    if isinstance(value, list):
        return [_plain(each, depth - 1) for each in value] if depth >= 0 else text(value)
    if isinstance(value, Mapping):
        return {key: _plain(each, depth - 1) for key, each in value.items()} if depth >= 0 else "Hashtable"
    if isinstance(value, Thing):
        raise AssertionError("a whole object would become JSON, with all that hangs on it")
    return value


def walk(node: Any) -> Iterator[Any]:
    """A node of a syntax tree, and all below it."""
    yield node
    for child in node.children:
        yield from walk(child)
