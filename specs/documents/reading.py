"""The document → what the files would say: what the fields can, and nothing that they cannot."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from lxml import etree
from pydantic import BaseModel, ValidationError

from specs.documents.fields import Placed, placed_fields
from specs.documents.hooks import HOOKS
from specs.documents.steps import find, find_all, own_value, value_at
from specs.places import At, Flag, Form, Hook, In, Pairs, Path, Spread
from specs.units import unit_factor


def read(element: etree._Element, model: type[BaseModel]) -> dict[str, Any] | None:
    """What the fields of a model say of an element, in the words of the files; None where they cannot say
    it. What they say by default is left out."""
    values = fields_in(element, model)
    try:
        model.model_validate(values)
    except ValidationError:
        return None
    return values


def fields_in(element: etree._Element, model: type[BaseModel]) -> dict[str, Any]:
    """As `read`, each field by itself: whether they go together is not looked at."""
    values = {}
    for field in placed_fields(model):
        found = _found(element, field)
        if found is None or found == [] or (found == {} and field.model is None):
            continue
        found = _short(found, field)
        try:
            valid = field.valid(found)
        except (ValidationError, ValueError):
            continue
        if field.info.is_required() or valid != field.info.get_default(call_default_factory=True):
            values[field.alias] = found
    return values


def _short(found: Any, field: Placed) -> Any:
    """The short form of a mapping, or of those in a list, where the field has one: `memory: 2GiB`."""
    if field.model is None or not field.short:
        return found
    if isinstance(found, list):
        return [_short_one(item, field) for item in found]
    return _short_one(found, field)


def _short_one(said: dict[str, Any], field: Placed) -> Any:
    assert field.model is not None
    if said.keys() - {field.short}:
        return said
    default = next(i.default for n, i in field.model.model_fields.items() if field.short in (n, i.alias))
    return said.get(field.short, default)


def _found(element: etree._Element, field: Placed) -> Any:
    if field.when is not None and value_at(element, field.when[0]) != field.when[1]:
        return None
    place = field.place
    if isinstance(place, Hook):
        node = find(element, field.path)
        return None if node is None else HOOKS[place.name].read(node)
    if isinstance(place, Flag):
        return True if find(element, field.path) is not None else place.absent
    if isinstance(place, Pairs):
        return dict(_pairs(element, field, place))
    if isinstance(place, In):
        node = find(element, field.path)
        return None if node is None else _model(node, field)
    assert isinstance(place, At)
    return _list(element, field, place) if field.is_list else _one(element, field, place)


def _pairs(element: etree._Element, field: Placed, place: Pairs) -> Iterator[tuple[str, str]]:
    for node in find_all(element, field.path.steps):
        key, value = (value_at(node, Path.parse(path)) for path in (place.key, place.value))
        if key is not None and value is not None:
            yield key, value


def _one(element: etree._Element, field: Placed, place: At) -> Any:
    node = find(element, field.path)
    if node is None:
        return place.form.absent if isinstance(place.form, Form) else None
    return _value(node, field, place)


def _list(element: etree._Element, field: Placed, place: At) -> list[Any] | None:
    found = [_value(node, field, place) for node in find_all(element, field.path.steps)]
    if place.ordered and None in found:
        return None
    return [value for value in found if value is not None]


def _value(node: etree._Element, field: Placed, place: At) -> Any:
    if field.model is not None:
        return read(node, field.model)
    if isinstance(place.form, Spread):
        texts = ((path, value_at(node, Path.parse(path))) for path in place.form.paths)
        return _tried(place.form.join, {path: text for path, text in texts if text is not None})
    text = own_value(node, field.path.attribute)
    if isinstance(place.form, Form):
        return place.form.absent if text is None else _tried(place.form.read, text)
    if text is None:
        return None
    if place.unit:
        return _size(text, node.get("unit", place.unit))
    return _tried(_reader(field.info.annotation), text)


def _model(node: etree._Element, field: Placed) -> Any:
    assert field.model is not None
    return read(node, field.model) or None


def _tried(reads: Callable[[Any], Any], value: Any) -> Any:
    try:
        return reads(value)
    except ValueError:
        return None


def _size(text: str, unit: str) -> str | None:
    """A size as people write it: the largest unit that leaves a whole number."""
    factor = unit_factor(unit)
    if factor is None or not text.isdecimal():
        return None
    size = int(text) * factor
    for name in ("TiB", "GiB", "MiB", "KiB"):
        if size and size % (unit_factor(name) or 1) == 0:
            return f"{size // (unit_factor(name) or 1)}{name}"
    return f"{size}B"


def _reader(annotation: Any) -> Callable[[str], Any]:
    kinds = set(_scalars(annotation))
    if bool in kinds:
        return lambda text: {"yes": True, "no": False}.get(text)
    words = set(_words(annotation))
    if int in kinds and words:
        return lambda text: text if text in words else int(text)
    return int if int in kinds else str


def _words(annotation: Any) -> Iterator[str]:
    """The words that are allowed beside values of a type."""
    if get_origin(annotation) is Literal:
        yield from get_args(annotation)
    elif get_origin(annotation) in (Annotated, Union, types.UnionType):
        for part in get_args(annotation):
            yield from _words(part)


def _scalars(annotation: Any) -> Iterator[type]:
    if isinstance(annotation, type):
        yield annotation
    elif get_origin(annotation) in (Annotated, Union, types.UnionType, list):
        for part in get_args(annotation):
            yield from _scalars(part)
