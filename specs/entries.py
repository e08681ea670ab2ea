"""A checked document of the files, and what it was compiled to, with where its parts stand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from lxml import etree

from specs.desired import Declared
from specs.diagnostics import Origin
from specs.identity import Kind
from specs.models.base import Resource
from specs.reading.yaml import Document


@dataclass(frozen=True, slots=True)
class Entry:
    """A checked document of the files, with where it stands; raw XML has no model."""

    kind: Kind
    name: str
    origin: Origin
    model: Resource | None = None
    document: Document | None = None
    xml: etree._Element | None = None

    def at(self, *path: str | int) -> Origin:
        """Where a part of it stands."""
        return self.document.origin(path) if self.document else self.origin

    def mention(self, name: str) -> Origin:
        """Where its spec says a name, or else where it begins."""
        path = find(self.document.value.get("spec"), name) if self.document else None
        return self.at("spec", *path) if path is not None else self.origin


@dataclass(frozen=True, slots=True)
class Compiled:
    """A resource with its document as a tree, and where its parts stand."""

    declared: Declared
    xml: etree._Element
    entry: Entry


def find(value: Any, wanted: str) -> tuple[str | int, ...] | None:
    """The path to a value in what a file says; None where it is not said."""
    items: Iterable[tuple[str | int, Any]] = ()
    if isinstance(value, dict):
        items = ((k, v) for k, v in value.items() if k not in ("description", "title", "xml", "host"))
    elif isinstance(value, list):
        items = enumerate(value)
    for key, inner in items:
        if inner == wanted or (isinstance(inner, str) and inner.lower() == wanted):
            return (key,)
        deeper = find(inner, wanted)
        if deeper is not None:
            return (key, *deeper)
    return None
