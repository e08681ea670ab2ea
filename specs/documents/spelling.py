"""Values of a document as the files would spell them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Literal, get_args, get_origin

from lxml import etree

from specs.documents.fields import Placed
from specs.documents.wording import Said
from specs.places import At, Form
from specs.units import format_size, parse_size

_TRUTH = {"yes": "true", "no": "false"}
_ALIKE = frozenset({"graphics"})
"""Words that are the same for one and for many."""


def truth(text: str) -> str:
    """yes and no as the files spell them."""
    return _TRUTH.get(text, text)


def one_of(field: str) -> str:
    """The word for one entry of a list, after the word for all: 'host device' of hostDevices."""
    words = re.sub(r"([A-Z])", lambda match: f" {match[1].lower()}", field)
    if words.endswith("s") and words not in _ALIKE:
        words = words[:-1]
    return words


def as_told(text: str, node: etree._Element, field: Placed, place: At) -> str:
    """A value as the files would spell it; as it is, where they could not."""
    try:
        if place.unit:
            sized = text if re.search(r"[A-Za-z]", text) else f"{text} {node.get('unit', place.unit)}"
            return format_size(parse_size(sized))
        if isinstance(place.form, Form):
            read = place.form.read(text)
            if read is None:
                return text
            value = spelt(read)
            return format_size(parse_size(value)) if re.fullmatch(r"\d+B", value) else value
    except ValueError:
        return text
    if bool in set(_types(field.info.annotation)):
        return truth(text)
    return text


def _types(annotation: Any) -> Iterator[Any]:
    if get_origin(annotation) is Literal:
        return
    args = get_args(annotation)
    if not args:
        yield annotation
    for each in args:
        yield from _types(each)


def spelt(value: Any) -> str:
    """A value of the files as text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def is_usual(told: str, field: Placed) -> bool:
    """Whether a value is what a field means where it is left out."""
    default = None if field.info.is_required() else field.info.get_default(call_default_factory=True)
    return default is not None and told == spelt(default)


def flat(name: str, value: Any) -> Iterator[Said]:
    """The values of a mapping, each with its own field."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from flat(f"{name}.{key}", inner)
    elif isinstance(value, list):
        yield Said(name, ", ".join(spelt(each) for each in value))
    else:
        yield Said(name, spelt(value))
