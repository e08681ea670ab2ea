"""A list of all that a document may say, for hypervisors that have no document of their own for the rest."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from lxml import etree

from specs.places import Path


@dataclass(frozen=True, slots=True)
class Spelt:
    """Values of one form: its pattern, and the same in words."""

    pattern: re.Pattern[str]
    words: str


Values = tuple[str, ...] | Spelt | None
"""What may stand at a place: one of these words, what is spelt so, or (None) anything. () is nothing."""


class Foreign(NamedTuple):
    """What a list does not allow: its plain path, its element, the attribute and value where it is one's, and
    what is allowed there (values; of what is not known at all, the paths that are)."""

    path: str
    element: etree._Element
    attribute: str
    value: str
    allowed: str
    beside: tuple[str, ...] = ()


class _Rule(NamedTuple):
    path: Path
    values: Values

    def fits(self, chain: list[etree._Element]) -> bool:
        """Whether the elements from below the root on have what the path's steps ask for."""
        return all(
            all(_said(element, path) == value for path, value in step.conditions)
            and all(_said(element, path) != value for path, value in step.exceptions)
            for step, element in zip(self.path.steps, chain, strict=True)
        )

    @property
    def precision(self) -> int:
        return sum(len(step.conditions) + len(step.exceptions) for step in self.path.steps)


def _said(element: etree._Element, path: Path) -> str:
    found: etree._Element | None = element
    for step in path.steps:
        found = None if found is None else found.find(step.tag)
    if found is None:
        return ""
    return found.get(path.attribute, "") if path.attribute else (found.text or "").strip()


@dataclass(frozen=True)
class AllowList:
    """Schema paths, as fields have them (`specs.models`), with the values that may stand there:

    "memory": None, "memory/@unit": None,       # anything
    "metadata/**": None,                        # and all that is in it
    "devices/disk/@device": ("disk", "cdrom"),
    "devices/disk/target/@bus": ("sata", "ide", "scsi"),
    "devices/disk[@device=cdrom]/target/@bus": ("sata", "ide"),     # the closer rule decides
    "devices/disk[@device=cdrom]/iotune": (),                       # nothing of that here

    With `closed`, what is not listed is not allowed either; otherwise only what is listed is looked at.
    """

    paths: Mapping[str, Values]
    closed: bool = True

    @cached_property
    def _rules(self) -> Mapping[str, tuple[_Rule, ...]]:
        found: dict[str, list[_Rule]] = {}
        for text, values in self.paths.items():
            rule = _Rule(Path.parse(text.removesuffix("/**")), values)
            found.setdefault(_plain(rule.path), []).append(rule)
        return {path: tuple(sorted(rules, key=lambda rule: -rule.precision)) for path, rules in found.items()}

    @cached_property
    def _whole(self) -> frozenset[str]:
        """What is allowed with all that is in it."""
        ends = (text.removesuffix("/**") for text in self.paths if text.endswith("/**"))
        return frozenset(_plain(Path.parse(text)) for text in ends)

    @cached_property
    def _elements(self) -> frozenset[str]:
        """The elements that are allowed, those for what is in them alone too."""
        found: set[str] = set()
        for path in self._rules:
            steps = path.split("/")
            steps = steps[:-1] if steps[-1].startswith("@") else steps
            found.update("/".join(steps[:end]) for end in range(1, len(steps) + 1))
        return frozenset(found)

    def foreign(self, document: etree._Element) -> Iterator[Foreign]:
        """What of a document is not allowed; of an element that is not known at all, the element alone."""
        yield from self._attributes(document, "", [])
        for child in document.iterchildren(tag=etree.Element):
            yield from self._in(child, "", [])

    def _in(self, element: etree._Element, parent: str, above: list[etree._Element]) -> Iterator[Foreign]:
        path = f"{parent}/{element.tag}".lstrip("/")
        chain = [*above, element]
        if path not in self._elements and not self.closed:
            return
        if path not in self._elements or self._values(path, chain) == ():
            yield Foreign(path, element, "", "", "", self._beside(parent))
            return
        if path in self._whole:
            return
        yield from self._attributes(element, path, chain)
        text = (element.text or "").strip()
        if text and (problem := self._wrong(path, chain, text)) is not None:
            yield Foreign(path, element, "", text, problem)
        for child in element.iterchildren(tag=etree.Element):
            yield from self._in(child, path, chain)

    def _attributes(
        self, element: etree._Element, path: str, chain: list[etree._Element]
    ) -> Iterator[Foreign]:
        for name, value in zip(map(str, element.attrib), map(str, element.attrib.values()), strict=True):
            place = f"{path}/@{name}".lstrip("/")
            if (problem := self._wrong(place, chain, value)) is not None:
                beside = () if problem else self._beside(path)
                yield Foreign(place, element, name, value, problem, beside)

    def _wrong(self, path: str, chain: list[etree._Element], value: str) -> str | None:
        """None for what is allowed, else the values that are, in words; '' where there are none."""
        values = self._values(path, chain)
        if values is None or (not self.closed and path not in self._rules):
            return None
        if isinstance(values, Spelt):
            return None if values.pattern.fullmatch(value) else values.words
        return None if value in values else ", ".join(values)

    def _values(self, path: str, chain: list[etree._Element]) -> Values:
        """What the closest rule allows; where none fits nothing, but for elements that hold others."""
        rules = self._rules.get(path, ())
        for rule in rules:
            if rule.fits(chain):
                return rule.values
        return None if not rules and path in self._elements else ()

    def _beside(self, parent: str) -> tuple[str, ...]:
        """What is known in an element, all the way down."""
        return tuple(path for path in self._rules if path.startswith(f"{parent}/" if parent else ""))


def _plain(path: Path) -> str:
    """A path without what its steps ask for."""
    tags = [step.tag for step in path.steps]
    return "/".join([*tags, f"@{path.attribute}"] if path.attribute else tags)


def anything(*paths: str) -> Mapping[str, Values]:
    """Paths at which anything may stand."""
    return dict.fromkeys(paths)
