"""What passes between the steps of one load."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lxml import etree

from specs.desired import (
    Declared,
)
from specs.diagnostics import Origin, Problem
from specs.guard.guard import Guard
from specs.guests import Selector
from specs.identity import Kind
from specs.models.base import Resource
from specs.reading.files import TreeFile
from specs.reading.yaml import Document

ENOUGH = 1000
"""How many problems are said of what costs time to find out."""


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


@dataclass(slots=True)
class Load:
    """One load under way."""

    root: Path
    hosts: Mapping[str, str]
    guard: Guard = Guard()
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    files: dict[str, TreeFile] = field(default_factory=dict)
    inputs: dict[str, str] = field(default_factory=dict)
    """The digests of the other files that were read, by their paths in the tree."""

    chosen: dict[Selector, tuple[str, ...]] = field(default_factory=dict)
    """The hosts that selectors have chosen so far."""

    labelled: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    """The hosts of every label and value, once somebody asks."""

    broken: set[tuple[str, str]] = field(default_factory=set)
    """Kinds and names of which something is said already, so that nobody is told besides that they lack."""

    def has_enough(self) -> bool:
        """Whether so much is wrong that nobody reads on: what costs time is not looked into any more."""
        return len(self.problems) >= ENOUGH


@dataclass(frozen=True, slots=True)
class Compiled:
    """A resource with its document as a tree, and where its parts stand."""

    declared: Declared
    xml: etree._Element
    entry: Entry


def find(value: Any, wanted: str) -> tuple[str | int, ...] | None:
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
