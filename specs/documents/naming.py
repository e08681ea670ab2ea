"""What the files call a place of a document, for messages; and where a field stands, for `explain`."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from lxml import etree
from pydantic import BaseModel

from specs.documents.fields import Placed, placed_fields, spec_model
from specs.identity import Kind
from specs.places import Flag, Hook, In, Pairs, Path


@dataclass(frozen=True, slots=True)
class PlacedField:
    """A field with its place: `tags` lead to the element from the document's root, `path` says it all."""

    field: tuple[str, ...]
    tags: tuple[str, ...]
    attribute: str
    path: str
    shared: bool
    """Whether the element is not the field's own."""

    whole: bool
    """Whether what is in the element is the field's, too."""

    def covers(self, tags: tuple[str, ...], attribute: str) -> bool:
        """Whether it says what stands there, or it and more."""
        if self.shared or not self.tags or tags[: len(self.tags)] != self.tags:
            return False
        return self.whole or (tags == self.tags and attribute == self.attribute)


@functools.cache
def standings(kind: Kind) -> tuple[PlacedField, ...]:
    """All fields of a kind's spec that stand in its document."""
    return tuple(_standings(spec_model(kind), (), (), ""))


def _standings(
    model: type[BaseModel], names: tuple[str, ...], tags: tuple[str, ...], path: str
) -> Iterator[PlacedField]:
    for field in placed_fields(model):
        own = (*names, field.alias)
        below = (*tags, *(step.tag for step in field.path.steps if step.tag != "."))
        written = _joined(path, field)
        whole = field.model is not None or isinstance(field.place, Hook | Pairs | Flag)
        yield PlacedField(own, below, field.path.attribute, written, isinstance(field.place, In), whole)
        if field.model is not None:
            yield from _standings(field.model, own, below, written)


def _joined(path: str, field: Placed) -> str:
    own = field.place.path.removeprefix(".")
    return "/".join(part for part in (path, own) if part) if not own.startswith("[") else f"{path}{own}"


def field_of(kind: Kind, path: str) -> tuple[str, ...]:
    """The field that says what stands at a path of a document ('devices/disk/driver/@cache'); the field
    around it where none says just that; () where none is near."""
    parsed = Path.parse(path)
    return _near(kind, tuple(step.tag for step in parsed.steps), parsed.attribute)


def called(kind: Kind, path: str) -> str:
    """What files call a place of a document, in short ('disks.bus'); with the place in the nearest field
    ('disks (@sgio)') or the place alone where they have no name for it."""
    field = field_of(kind, path)
    if len(field) > 1 and _meant_by(kind, field[:-1]) == field[-1]:
        return dotted(field[:-1])
    rest = _beyond(kind, field, Path.parse(path))
    return dotted(field) + (f" ({rest})" if rest else "") or path


def _beyond(kind: Kind, field: tuple[str, ...], path: Path) -> str:
    """What of a path is in a field that has fields of its own, and in none of these."""
    own = next((each for each in standings(kind) if each.field == field), None)
    if own is None or not any(each.field[:-1] == field for each in standings(kind)):
        return ""
    inner = [step.tag for step in path.steps[len(own.tags) :]]
    return "/".join([*inner, f"@{path.attribute}"] if path.attribute else inner)


def _near(kind: Kind, tags: tuple[str, ...], attribute: str = "") -> tuple[str, ...]:
    """The field that says what stands there, or the nearest of those that say what is in it."""
    found = _around(kind, tags, attribute)
    below = [each for each in standings(kind) if not each.shared and each.tags[: len(tags)] == tags]
    if found or not below:
        return found
    return min(below, key=lambda each: (len(each.tags), len(each.field))).field


def _around(kind: Kind, tags: tuple[str, ...], attribute: str = "") -> tuple[str, ...]:
    """The field that says what stands there and the least besides."""
    found = [each for each in standings(kind) if each.covers(tags, attribute)]
    return max(
        found, key=lambda each: (len(each.tags), not each.whole, -len(each.field)), default=_NONE
    ).field


_NONE = PlacedField((), (), "", "", shared=False, whole=False)


def said_at(kind: Kind, spec: Any, element: etree._Element, attribute: str = "") -> tuple[str | int, ...]:
    """Where a spec says an element of its document, or an attribute of it: the way to the field, with the
    number of the item; () where it does not."""
    chain = [element, *element.iterancestors()][-2::-1]
    path: list[str | int] = []
    here = spec
    field = _near(kind, tuple(str(each.tag) for each in chain), attribute) if chain or attribute else ()
    for depth, name in enumerate(field):
        if not isinstance(here, dict):
            return tuple(path) if _meant_by(kind, field[:depth]) == name else ()
        if name not in here:
            break
        here = here[name]
        path.append(name)
        if isinstance(here, list):
            number = _number(chain) if chain else 0
            if number >= len(here):
                return ()
            path.append(number)
            here = here[number]
    return tuple(path)


def _meant_by(kind: Kind, field: Sequence[str]) -> str:
    """What of a field's mapping a plain value in its place says; '' for nothing."""
    model: type[BaseModel] | None = spec_model(kind)
    short = ""
    for name in field:
        placed = next((each for each in placed_fields(model) if each.alias == name), None) if model else None
        model, short = (placed.model, placed.short) if placed else (None, "")
    return short


def _number(chain: Sequence[etree._Element]) -> int:
    """Which of the devices an element is, or is in."""
    listed = chain[1] if len(chain) > 1 else chain[0]
    return sum(1 for _ in listed.itersiblings(str(listed.tag), preceding=True))


def dotted(path: Sequence[str | int]) -> str:
    """A way to a field as people write it: disks[1].cache."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")


def place_of_field(kind: Kind, field: Sequence[str]) -> str:
    """The path at which a field stands in its document; '' for what is no part of it, or is in it only by
    its own fields."""
    for each in standings(kind):
        if each.field == tuple(field):
            return "" if each.shared else each.path
    return ""
