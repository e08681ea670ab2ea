"""Reads what stands at a place by the fields' own declarations; so whatever is declared can be told.

Around the place a document is made of nothing but the way to it: whatever is found in it stands there.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from typing import Any

from lxml import etree
from pydantic import BaseModel

from specs.documents.fields import Placed, placed_fields, spec_model
from specs.documents.hooks import HOOKS, Pair
from specs.documents.spelling import as_told, flat, is_usual, one_of, spelt, truth
from specs.documents.steps import holds, own_value, value_at
from specs.documents.way import label_of, way_to
from specs.documents.wording import Said
from specs.identity import Kind
from specs.places import At, Flag, Hook, In, Pairs, Path, Spread, Step

_WORDY = ("address[", "vendor[", "product[")
"""How what tells devices of the host apart begins: theirs is no word of the files."""


@functools.cache
def _by_first_step(model: type[BaseModel]) -> tuple[tuple[str, Placed], ...]:
    """The fields of a model with the child that their places begin with; '' for the element itself."""
    steps = ((field.path.steps, field) for field in placed_fields(model))
    return tuple((found[0].tag if found and found[0].tag != "." else "", field) for found, field in steps)


@functools.cache
def _choosing(model: type[BaseModel]) -> frozenset[str]:
    """The attributes that say which fields an element of a model has: a disk's type."""
    conditions = (field.when[0] for field in placed_fields(model) if field.when)
    return frozenset(path.attribute for path in conditions if not path.steps)


def _fields_among(tags: set[str], model: type[BaseModel]) -> Iterator[Placed]:
    """The fields that may be said by an element with such children."""
    return (field for first, field in _by_first_step(model) if not first or first in tags)


def read_at(kind: Kind, path: str, value: str) -> tuple[Said, ...]:
    """What the files say of what stands at a path."""
    root = etree.Element("document")
    way = way_to(root, path, value)
    if way is None:
        return ()
    reader = Reader(way.tip, way.attribute, whole=way.whole)
    found = list(reader.read(root, spec_model(kind), "", ""))
    if not found and reader.chooses:
        return (Said("", value),)
    return tuple(found if way.whole else found[:1])


def name_at(kind: Kind, path: str) -> Said | None:
    """How the files call what stands at a path, whatever that is."""
    root = etree.Element("document")
    way = way_to(root, path, "")
    if way is None:
        return None
    reader = Reader(way.tip, way.attribute)
    found = list(reader.read(root, spec_model(kind), "", "")) or reader.about
    return found[0] if found else None


class Reader:
    """Reads what stands at a place: an element as a `whole`, or one value; or only how it is called."""

    def __init__(self, tip: etree._Element, attribute: str, *, whole: bool | None = None) -> None:
        self._tip, self._attribute, self._whole = tip, attribute, bool(whole)
        self._bare = whole is None
        self.about: list[Said] = []
        """What the element is about, where nothing is said of it."""
        self.chooses = False
        """Whether the place says which of several fields the element is about."""

    def read(self, element: etree._Element, model: type[BaseModel], prefix: str, of: str) -> Iterator[Said]:
        """What the fields of a model say. `of` is what the model is called before the name of an entry."""
        if self._attribute and self._is_tip(element):
            self.chooses |= self._attribute in _choosing(model)
        for field in _fields_among({child.tag for child in element}, model):
            if field.when is None or value_at(element, field.when[0]) in (None, field.when[1]):
                yield from self._field(element, field, prefix, of)

    def _field(self, element: etree._Element, field: Placed, prefix: str, of: str) -> Iterator[Said]:
        place, name = field.place, f"{prefix}{field.alias}"
        nodes = list(_find(element, field.path.steps))
        if isinstance(place, Hook):
            yield from self._hook(nodes, place, name)
        elif isinstance(place, Flag):
            if any(self._flagged(node, field.path) for node in nodes):
                yield Said(name, "true", missing="false")
        elif isinstance(place, Pairs):
            yield from self._pairs(nodes, place, name)
        elif isinstance(place, In):
            for node in nodes[:1]:
                yield from self._model(node, field, name)
        elif field.model is not None and field.is_list:
            for node in nodes:
                yield from self._entry(node, field, name, of)
        elif field.model is not None:
            yield from self._at_model(nodes, field, name)
        else:
            yield from self._values(nodes, field, place, name)

    def _at_model(self, nodes: Iterable[etree._Element], field: Placed, name: str) -> Iterator[Said]:
        for node in nodes:
            before = len(self.about)
            found = list(self._model(node, field, name))
            yield from found
            if not found and self._is_tip(node):
                self.about.insert(before, Said(name, ""))

    def _model(self, node: etree._Element, field: Placed, name: str) -> Iterator[Said]:
        """The fields of a mapping; its short form goes by the mapping's own name."""
        assert field.model is not None
        for each in self.read(node, field.model, f"{name}.", field.alias):
            short = field.short and each.field == f"{name}.{field.short}"
            yield Said(name, each.value, missing=each.missing) if short else each

    def _entry(self, node: etree._Element, field: Placed, name: str, of: str) -> Iterator[Said]:
        """One entry of a list of mappings: as a whole, or what is in it."""
        assert field.model is not None
        label = label_of(node)
        if self._attribute or not (self._is_tip(node) or self._inside(node)):
            bracket = f"{name}[{label}]" if label else name
            yield from self.read(node, field.model, f"{bracket}.", "")
            return
        inner = Reader(node, "", whole=self._whole).read(node, field.model, "", "")
        parts = tuple(
            Said("", each.value) if field.short and each.field == field.short else each for each in inner
        )
        if label.startswith(_WORDY) or not (label or self._is_tip(node)):
            label = _known_by(parts)
        noun = " ".join(filter(None, (of, one_of(field.alias))))
        yield Said(f"{name}[{label}]" if label else name, "", noun=noun, label=label, parts=parts)

    def _pairs(self, nodes: Iterable[etree._Element], place: Pairs, name: str) -> Iterator[Said]:
        key_at, value_path = Path.parse(place.key), Path.parse(place.value)
        for node in nodes:
            key = value_at(node, key_at) or label_of(node)
            text = value_at(node, value_path)
            if (text is not None and self._touched(node, value_path.attribute)) or self._is_tip(node):
                yield Said(f"{name}.{key}" if key else name, text or "")

    def _values(
        self, nodes: Iterable[etree._Element], field: Placed, place: Any, name: str
    ) -> Iterator[Said]:
        assert isinstance(place, At)
        for node in nodes:
            if isinstance(place.form, Spread):
                yield from self._spread(node, place.form, name)
                continue
            attribute = field.path.attribute
            text = own_value(node, attribute)
            if text is not None and self._touched(node, attribute):
                told = as_told(text, node, field, place)
                yield Said(name, told, is_usual(told, field))
            elif self._is_tip(node) and not self._attribute:
                self.about.append(Said(name, ""))

    def _spread(self, node: etree._Element, form: Spread, name: str) -> Iterator[Said]:
        texts = {path: value_at(node, Path.parse(path)) for path in form.paths}
        parts = {path: text for path, text in texts.items() if text is not None}
        if self._attribute and not self._leads_to(node, {path.rpartition("@")[2] for path in parts}):
            return
        if not parts:
            if self._is_tip(node) and not self._attribute:
                self.about.append(Said(name, ""))
            return
        try:
            whole = form.join(parts)
        except ValueError:
            whole = None
        if whole is not None:
            yield Said(name, str(whole))
        elif self._attribute or self._is_tip(node):
            yield Said(name, " ".join(f"{path.rpartition('@')[2]} {text}" for path, text in parts.items()))

    def _leads_to(self, node: etree._Element, attributes: set[str]) -> bool:
        """Whether the attribute that stands there is one of an element, or of what is in it."""
        return self._attribute in attributes and (self._is_tip(node) or self._inside(self._tip, node))

    def _hook(self, nodes: Iterable[etree._Element], place: Hook, name: str) -> Iterator[Said]:
        hook = HOOKS[place.name]
        for node in nodes:
            around = self._is_tip(node) or self._inside(node) or self._inside(self._tip, node)
            value = hook.read(node) if self._whole and around else None
            if value is not None:
                yield from flat(name, value)
            else:
                yield from self._hooked(node, hook, name)

    def _hooked(self, node: etree._Element, hook: Pair, name: str) -> Iterator[Said]:
        for path, below in hook.says.items():
            parsed = Path.parse(path)
            if parsed.attribute not in (self._attribute, "*" if self._attribute else ""):
                continue
            for inner in filter(self._is_tip, _find(node, parsed.steps)):
                below = self._attribute if below == "*" else below
                value = hook.read(node) if below else None
                text = value.get(below) if isinstance(value, dict) else None
                told = spelt(text if text is not None else own_value(inner, self._attribute) or "")
                yield Said(f"{name}.{below}" if below else name, truth(told))
                return

    def _flagged(self, node: etree._Element, path: Path) -> bool:
        """Whether an element is what a flag means, and part of what stands there."""
        step = path.steps[-1] if path.steps else Step(".")
        if not holds(node, step):
            return self._bare and self._is_tip(node)
        return bool(step.conditions) if self._attribute else self._is_tip(node) or self._inside(node)

    def _touched(self, node: etree._Element, attribute: str) -> bool:
        """Whether a value is part of what stands there: of an attribute no other one is."""
        if self._attribute:
            return self._is_tip(node) and attribute == self._attribute
        return self._is_tip(node) or self._inside(node)

    def _is_tip(self, node: etree._Element) -> bool:
        return node is self._tip

    def _inside(self, node: etree._Element, outer: etree._Element | None = None) -> bool:
        """Whether an element lies in another one: in that which stands there."""
        around = self._tip if outer is None else outer
        return any(each is around for each in node.iterancestors())


def _find(element: etree._Element, steps: tuple[Step, ...]) -> Iterator[etree._Element]:
    """All elements at a path; what an element does not say is taken for what it is to be."""
    if not steps:
        yield element
        return
    step, rest = steps[0], steps[1:]
    for node in (element,) if step.tag == "." else element.iterchildren(step.tag):
        if _may_be(node, step):
            yield from _find(node, rest)


def _may_be(node: etree._Element, step: Step) -> bool:
    label = label_of(node)

    def found(path: Path) -> str | None:
        return value_at(node, path) or (label or None if path.attribute == "name" else None)

    return all(found(path) in (None, wanted) for path, wanted in step.conditions) and not any(
        found(path) == value for path, value in step.exceptions
    )


def _known_by(parts: Iterable[Said]) -> str:
    """What an entry without a label is known by: the first that it says of itself."""
    return next((part.value for part in parts if not part.usual and not part.noun), "")
