"""The fields of a model with their places, made ready once: what writing, reading and naming go by."""

from __future__ import annotations

import functools
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Union, cast, get_args, get_origin

from pydantic import BaseModel, BeforeValidator, TypeAdapter
from pydantic.fields import FieldInfo

from specs.identity import Kind
from specs.models.registry import MODELS
from specs.places import Becomes, Path, Place


@dataclass(frozen=True, slots=True)
class Placed:
    """A field that has a place: what its type and its place make of it."""

    name: str
    alias: str
    info: FieldInfo
    place: Place
    path: Path
    when: tuple[Path, str] | None
    model: type[BaseModel] | None
    is_list: bool
    short: str
    """The field of the model that a plain value means; '' where there is no short form."""

    def valid(self, value: Any) -> Any:
        """The value as the field takes it. Raises ValidationError."""
        return _adapter(self.info).validate_python(value)


@functools.cache
def placed_fields(model: type[BaseModel]) -> tuple[Placed, ...]:
    """The fields of a model that have a place, in their order."""
    return tuple(
        Placed(
            name,
            info.alias or name,
            info,
            place,
            Path.parse(place.path),
            _when(place.when),
            model_in(info.annotation),
            _is_list(info.annotation),
            _short(info) if model_in(info.annotation) else "",
        )
        for name, info in model.model_fields.items()
        if (place := place_of(info)) is not None
    )


def spec_model(kind: Kind) -> type[BaseModel]:
    """The model of a kind's spec, for kinds that have documents."""
    model = model_in(MODELS[kind].model_fields["spec"].annotation)
    assert model is not None
    return model


def place_of(info: FieldInfo) -> Place | None:
    """The place that a field declares; None for one that is no part of a document."""
    return next((each for each in info.metadata if isinstance(each, Place)), None)


def becomes(info: FieldInfo) -> str:
    """The field that says in a document what this one means; '' for most."""
    return next((each.field for each in info.metadata if isinstance(each, Becomes)), "")


def model_in(annotation: Any) -> type[BaseModel] | None:
    """The model in a type, if there is one: `list[Disk]` is of disks."""
    return next(_models(annotation), None)


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    elif get_origin(annotation) in (Annotated, Union, types.UnionType, list):
        for part in get_args(annotation):
            yield from _models(part)


def _is_list(annotation: Any) -> bool:
    if get_origin(annotation) in (Annotated, Union, types.UnionType):
        return any(map(_is_list, get_args(annotation)))
    return get_origin(annotation) is list


def _short(info: FieldInfo) -> str:
    """What a plain value is made long to, by the validator that does it."""
    probe = "x"
    for each in info.metadata:
        if isinstance(each, BeforeValidator):
            made: Any = cast(Callable[[Any], Any], each.func)(probe)
            made = made[0] if isinstance(made, list) and made else made
            if isinstance(made, dict) and list(made.values()) == [probe]:
                return str(next(iter(made)))
    return ""


def _when(condition: str) -> tuple[Path, str] | None:
    name, _, value = condition.partition("=")
    return (Path.parse(name), value) if condition else None


_ADAPTERS: dict[int, TypeAdapter[Any]] = {}


def _adapter(info: FieldInfo) -> TypeAdapter[Any]:
    if id(info) not in _ADAPTERS:
        kind: Any = Annotated[(info.annotation, *info.metadata)] if info.metadata else info.annotation
        _ADAPTERS[id(info)] = TypeAdapter(kind)
    return _ADAPTERS[id(info)]
