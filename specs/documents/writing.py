"""Fields → the document, each at its place."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from lxml import etree
from pydantic import BaseModel

from specs.documents.fields import Placed, placed_fields
from specs.documents.hooks import HOOKS
from specs.documents.steps import find, give, put, reach, set_value
from specs.places import At, Flag, Form, Hook, In, Pairs, Path, Spread

Write = Callable[[etree._Element, Any], None]
"""Puts a value into the element of its model."""


def write(element: etree._Element, model: BaseModel) -> None:
    """Puts into an element what the fields of its model say."""
    said = model.__dict__
    for name, put_value in _writers(type(model)):
        value = said[name]
        if value is not None and value != [] and value != {}:
            put_value(element, value)
    for name, hook in _hooks(type(model)):
        if said[name] is not None:
            hook(element, said[name], model)


@functools.cache
def _writers(model: type[BaseModel]) -> tuple[tuple[str, Write], ...]:
    """How each field of a model is written: found out once, for there are many documents."""
    fields = (field for field in placed_fields(model) if not isinstance(field.place, Hook))
    return tuple((field.name, _conditional(field, _writer(field))) for field in fields)


@functools.cache
def _hooks(model: type[BaseModel]) -> tuple[tuple[str, Callable[[etree._Element, Any, Any], None]], ...]:
    return tuple(
        (field.name, functools.partial(_by_hook, field.path, HOOKS[field.place.name].write))
        for field in placed_fields(model)
        if isinstance(field.place, Hook)
    )


def _by_hook(path: Path, hook: Callable[..., None], element: etree._Element, value: Any, model: Any) -> None:
    hook(reach(element, path), value, model)


def _conditional(field: Placed, inner: Write) -> Write:
    """A field that stands only in an element that says so too; with the value, that is said."""
    if field.when is None:
        return inner
    path, wanted = field.when

    def write_if(element: etree._Element, value: Any) -> None:
        target = find(element, path)
        if target is None or target.get(path.attribute) in (None, wanted):
            inner(element, value)
            put(element, path, wanted)

    return write_if


def _writer(field: Placed) -> Write:
    place, path = field.place, field.path
    if isinstance(place, Flag):
        return lambda element, value: _reach_if(element, path, value)
    if isinstance(place, Pairs):
        return _pairs(path, Path.parse(place.key), Path.parse(place.value))
    if isinstance(place, In):
        return lambda element, value: write(reach(element, path), value)
    assert isinstance(place, At)
    inner, make = _inner(field, place), give if field.is_list else reach
    if not field.is_list:
        return lambda element, value: inner(element, value, make)

    def write_all(element: etree._Element, values: Any) -> None:
        for value in values:
            inner(element, value, make)

    return write_all


def _reach_if(element: etree._Element, path: Path, value: Any) -> None:
    if value:
        reach(element, path)


def _pairs(path: Path, key_at: Path, value_at: Path) -> Write:
    def write_pairs(element: etree._Element, pairs: Any) -> None:
        for key, value in pairs.items():
            node = give(element, path)
            put(node, key_at, str(key))
            put(node, value_at, str(value))

    return write_pairs


Make = Callable[[etree._Element, Path], etree._Element]


def _inner(field: Placed, place: At) -> Callable[[etree._Element, Any, Make], None]:
    """How one value is written into the element that is made for it."""
    path, form = field.path, place.form
    if field.model is not None:
        return lambda element, value, make: write(make(element, path), value)
    if isinstance(form, Spread):
        return _spread(path, form)
    spell, unit, attribute = _spelling(place), place.unit, path.attribute

    def write_text(element: etree._Element, value: Any, make: Make) -> None:
        text = spell(value)
        if text is not None:
            node = make(element, path)
            set_value(node, attribute, text)
            if unit:
                node.set("unit", unit)

    return write_text


def _spread(path: Path, form: Spread) -> Callable[[etree._Element, Any, Make], None]:
    parts = {name: Path.parse(name) for name in form.paths}

    def write_parts(element: etree._Element, value: Any, make: Make) -> None:
        node = make(element, path)
        for name, text in form.split(value).items():
            if text is not None:
                put(node, parts[name], text)

    return write_parts


def _spelling(place: At) -> Callable[[Any], str | None]:
    """How a document spells a value; None where it is not written."""
    if isinstance(place.form, Form):
        return place.form.write
    return _kib if place.unit == "KiB" else _plain


def _kib(size: int) -> str:
    return str(-(-size // 1024))


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
