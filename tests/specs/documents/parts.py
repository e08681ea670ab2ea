"""Parts of the wide documents, and models like them at random."""

from __future__ import annotations

import types
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from hypothesis import strategies as st
from lxml import etree
from pydantic import BaseModel, ValidationError

from specs.documents.fields import Placed, placed_fields
from specs.documents.reading import fields_in
from specs.documents.steps import value_at
from specs.documents.writing import write
from specs.identity import Kind
from specs.models.devices.disks import BYTES
from specs.models.registry import MODELS
from specs.models.storage import Backing, VolumeSpec
from specs.places import Flag, Form, Hook, Spread
from tests.specs.wide import WIDE, model_of

TEXT = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FF, exclude_characters="\x7f"), max_size=9)


def specs() -> Iterator[BaseModel]:
    """The specs of the wide documents."""
    for values in WIDE:
        if Kind(values["kind"]) in MODELS:
            spec = getattr(model_of(values), "spec", None)
            if isinstance(spec, BaseModel):
                yield spec


def models_in(model: BaseModel) -> Iterator[BaseModel]:
    """A model and all models in it that have places."""
    yield model
    for field in placed_fields(type(model)):
        value = getattr(model, field.name)
        for inner in value if isinstance(value, list) else [value]:
            if isinstance(inner, BaseModel) and not isinstance(field.place, Hook):
                yield from models_in(inner)


def _is_laid_upon_a_volume(part: BaseModel) -> bool:
    return any(isinstance(each, Backing) and each.volume for each in models_in(part))


PARTS = [
    part
    for spec in specs()
    for part in models_in(spec)
    if placed_fields(type(part)) and not _is_laid_upon_a_volume(part)
]
"""All but what is laid upon a volume: where that is is found out before the document is written."""


@st.composite
def models(draw: st.DrawFn) -> BaseModel:
    """A part of a wide document, of which some fields are left out and others say something else."""
    part = draw(st.sampled_from(PARTS))
    values: dict[str, Any] = {}
    for field in placed_fields(type(part)):
        value = getattr(part, field.name)
        if draw(st.integers(0, 3)) == 0 and not field.info.is_required():
            continue
        values[field.name] = draw(_other(field, value)) if draw(st.booleans()) else _as_said(field, value)
    made = _made(part, values)
    return made if made is not None else part


def _as_said(field: Placed, value: Any) -> Any:
    """A value as the files say it: a size has a unit."""
    sized = getattr(field.place, "unit", "") or getattr(field.place, "form", None) is BYTES
    return f"{value}B" if sized and isinstance(value, int) else value


def _other(field: Placed, value: Any) -> st.SearchStrategy[Any]:
    """Another value that a field may take, or the same where no other is at hand."""
    choices = list(_choices(field.info.annotation))
    if choices:
        return st.sampled_from(choices)
    if isinstance(value, bool):
        return st.booleans()
    if isinstance(value, int):
        size = isinstance(_as_said(field, value), str)
        return st.integers(1, 4096).map(lambda number: f"{number}KiB" if size else number)
    if isinstance(value, str):
        return TEXT.map(str.strip).map(lambda text: text if _takes(field, text) else value)
    return st.just(value)


def _takes(field: Placed, value: Any) -> bool:
    if getattr(field.place, "form", None) is not None or isinstance(field.place, Hook):
        return False
    try:
        return bool(field.valid(value) == value)
    except ValidationError:
        return False


def _choices(annotation: Any) -> Iterator[Any]:
    if get_origin(annotation) is Literal:
        yield from get_args(annotation)
    elif get_origin(annotation) in (Annotated, Union, types.UnionType):
        for part in get_args(annotation):
            yield from _choices(part)


def _made(part: BaseModel, values: dict[str, Any]) -> BaseModel | None:
    """A model like a part, of values that are checked; None where they do not go together."""
    model = type(part)
    said = {model.model_fields[name].alias or name: value for name, value in values.items()}
    try:
        return model.model_validate(_besides(part) | said)
    except ValidationError:
        return None


def _besides(part: BaseModel) -> dict[str, Any]:
    """What a volume needs and its document does not say."""
    if not isinstance(part, VolumeSpec):
        return {}
    return {"pool": part.pool} | ({"source": {"file": "image"}} if part.capacity is None else {})


def there_and_back(model: BaseModel) -> BaseModel | None:
    """A model as it is read again from what it wrote; None where it is not."""
    element = etree.Element("element")
    write(element, model)
    try:
        return type(model).model_validate(_besides(model) | fields_in(element, type(model)))
    except ValidationError:
        return None


def placed(model: BaseModel) -> dict[str, Any]:
    """What a model says at places, nested models as such; what is not written is as it is read."""
    element = etree.Element("element")
    write(element, model)
    said = {}
    for field in placed_fields(type(model)):
        value = getattr(model, field.name)
        if field.when and value_at(element, field.when[0]) != field.when[1]:
            value = field.info.get_default()  # of another kind of device: it says nothing
        values = [_inner(each, field) for each in (value if isinstance(value, list) else [value])]
        said[field.name] = values if isinstance(value, list) else values[0]
    return said


def _inner(value: Any, field: Placed) -> Any:
    form = getattr(field.place, "form", None)
    if isinstance(form, Form) and (value is None or form.write(value) is None):
        return form.absent
    if isinstance(form, Spread) and value is not None:
        return form.join({path: text for path, text in form.split(value).items() if text is not None})
    if isinstance(field.place, Flag) and value is None:
        return field.place.absent
    return placed(value) if isinstance(value, BaseModel) and placed_fields(type(value)) else value
