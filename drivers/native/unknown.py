"""What is left of a document once everything has been taken out that somebody understands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

_HOLLOW = frozenset({"source", "metadata", "devices", "features", "os", "cpu", "driver", "target"})
"""Elements that mean nothing while they hold nothing."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """One value that a driver has no place for: its schema path ('devices/disk/driver/@cache'), and what it
    says ('' for an element that is only there)."""

    path: str
    value: str

    def __str__(self) -> str:
        return f"{self.path}={self.value}" if self.value else self.path


def unknown_in(element: etree._Element, path: str = "") -> Iterator[Unknown]:
    """Every value that an element still says, by its schema path from there."""
    for name, value in element.attrib.items():
        yield Unknown(_below(path, f"@{name!s}"), str(value))
    text = (element.text or "").strip()
    if text:
        yield Unknown(path, text)
    for child in element:
        tag = str(child.tag)
        if len(child) or child.attrib or (child.text or "").strip():
            yield from unknown_in(child, _below(path, tag))
        elif tag not in _HOLLOW:
            yield Unknown(_below(path, tag), "")


def _below(path: str, name: str) -> str:
    return f"{path}/{name}" if path else name
