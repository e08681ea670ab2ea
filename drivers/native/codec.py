"""Frozen dataclasses ↔ elements of a document, by the places that their fields declare.

    model: Annotated[str | None, At("model/@type")] = None

A field's type says the rest: a number or text, a yes or no, a value (it has the element to itself), or a
tuple of these (the element is repeated). `write` puts values in; `take` takes them out of the element, so
that what remains there is what nobody understood (`drivers.native.unknown`).
"""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

from lxml import etree

from specs.documents.steps import find, find_all, give, own_value, reach, set_value
from specs.places import At, Flag, Form, Path, words
from specs.units import unit_factor

T = TypeVar("T")

LOWER = Form(str.lower, str.lower)
"""What has no case: MAC addresses, UUIDs."""

_YES_NO = words("yes", "no")
_NUMBER = Form(str, int)
_TEXT = Form(str, str)


@dataclass(frozen=True, slots=True)
class FieldPlace:
    """A field with its place: how one value of it is spelt, or of which dataclass it is."""

    name: str
    path: Path
    form: Form
    inner: type | None = None
    unit: str = ""
    repeats: bool = False
    flag: bool = False


def write(element: etree._Element, value: object) -> None:
    """Puts into an element what the fields of a dataclass say; None, '' and () are not written."""
    for field in placed(type(value)):
        said = getattr(value, field.name)
        if field.flag:
            if said:
                reach(element, field.path)
        elif field.repeats:
            for each in said:
                _put(give(element, field.path), field, each)
        elif said is not None and said != "":
            _put(reach(element, field.path), field, said)


def take(element: etree._Element, cls: type[T]) -> T:
    """The value that an element says, which is taken out of it. What makes no sense stays."""
    said: dict[str, Any] = {}
    for field in placed(cls):
        if field.repeats:
            found = [_take(node, field) for node in list(find_all(element, field.path.steps))]
            said[field.name] = tuple(each for each in found if each is not None)
            continue
        node = find(element, field.path)
        if node is None:
            continue
        if field.flag:
            said[field.name] = True
            _consume(element, node, field)
        elif (value := _take(node, field)) is not None:
            said[field.name] = value
    return cls(**said)


def _put(node: etree._Element, field: FieldPlace, value: object) -> None:
    if field.inner is not None:
        write(node, value)
    elif (text := field.form.write(value)) is not None:
        set_value(node, field.path.attribute, text)
        if field.unit:
            node.set("unit", field.unit)


def _take(node: etree._Element, field: FieldPlace) -> Any:
    """One value, whose element is gone when it said nothing else; None where it makes no sense."""
    if field.inner is not None:
        value: Any = take(node, field.inner)
        _consume(None, node, field)
        return value
    value = _read(node, field)
    if value is not None:
        if field.path.attribute:
            node.attrib.pop(field.path.attribute, "")
        else:
            node.text = None
        if field.unit:
            node.attrib.pop("unit", "")
        _consume(None, node, field)
    return value


def _read(node: etree._Element, field: FieldPlace) -> Any:
    text = own_value(node, field.path.attribute)
    if not text:
        return None
    try:
        if field.unit:
            factor, own = unit_factor(node.get("unit", field.unit)), unit_factor(field.unit)
            return None if factor is None or own is None else -(-int(text) * factor // own)
        return field.form.read(text)
    except ValueError:
        return None


def _consume(root: etree._Element | None, node: etree._Element, field: FieldPlace) -> None:
    """Takes away an element that has been understood, and those around it that were there for it alone."""
    for step in reversed(field.path.steps):
        for path, _ in step.conditions:
            if not path.steps:
                node.attrib.pop(path.attribute, "")
        parent = node.getparent()
        if node is root or parent is None or len(node) or node.attrib or (node.text or "").strip():
            return
        parent.remove(node)
        node = parent


_PLACED: dict[type, tuple[FieldPlace, ...]] = {}


def placed(cls: type) -> tuple[FieldPlace, ...]:
    """The fields of a dataclass that have a place in a document: found out once."""
    if cls not in _PLACED:
        _PLACED[cls] = _places(cls)
    return _PLACED[cls]


def _places(cls: Any) -> tuple[FieldPlace, ...]:
    hints = get_type_hints(cls, include_extras=True)
    return tuple(
        found for field in fields(cls) if (found := _placed(field.name, hints[field.name])) is not None
    )


def _placed(name: str, hint: Any) -> FieldPlace | None:
    if get_origin(hint) is not Annotated:
        return None
    kind, place = get_args(hint)[:2]
    repeats = get_origin(kind) is tuple
    parts = {part for part in (get_args(kind) or (kind,)) if part not in (type(None), ...)}
    inner: type | None = next((part for part in parts if isinstance(part, type) and is_dataclass(part)), None)
    path = Path.parse(place.path)
    if isinstance(place, Flag):
        return FieldPlace(name, path, _YES_NO, flag=True)
    assert isinstance(place, At)
    usual = _YES_NO if bool in parts else _NUMBER if int in parts else _TEXT
    form = place.form if isinstance(place.form, Form) else usual
    return FieldPlace(name, path, form, inner, place.unit, repeats)
