"""Every typed field does something: changing it changes the rendered document."""

from __future__ import annotations

import copy
import types
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import pytest
from pydantic import BaseModel, ValidationError

from specs.identity import MANAGED_KINDS
from specs.models.registry import MODELS
from tests.specs.wide import WIDE, Values, name_of, render, text

POLICY = {
    ("host", "DomainSpec NetworkSpec PoolSpec VolumeSpec SecretSpec NetworkFilterSpec"),
    ("hosts", "NetworkSpec PoolSpec VolumeSpec SecretSpec NetworkFilterSpec"),
    ("shared", "PoolSpec"),
    ("placement", "DomainSpec"),
    ("migration", "DomainSpec"),
    ("state", "DomainSpec NetworkSpec PoolSpec"),
    ("autostart", "DomainSpec NetworkSpec PoolSpec"),
    ("protect", "DomainSpec NetworkSpec PoolSpec VolumeSpec SecretSpec NetworkFilterSpec"),
    ("restart", "DomainSpec NetworkSpec"),
    ("safety_snapshot", "DomainSpec"),
    ("mode", "DomainSpec NetworkSpec PoolSpec VolumeSpec SecretSpec NetworkFilterSpec"),
    ("windows", "DomainSpec NetworkSpec PoolSpec VolumeSpec SecretSpec NetworkFilterSpec"),
    ("stop", "DomainSpec"),
    ("template", "DomainSpec"),
    ("build", "PoolSpec"),
    ("on_delete", "VolumeSpec"),
    ("source", "VolumeSpec"),
    ("on_source_change", "VolumeSpec"),
    ("cloud_init", "DomainSpec"),
    ("ignition", "DomainSpec"),
    ("config_drive", "DomainSpec"),
    ("ready", "DomainSpec"),
    ("after", "DomainSpec"),
    ("ip", "Interface"),
    ("value", "SecretSpec"),
    ("xml", "DomainSpec NetworkSpec PoolSpec VolumeSpec NetworkFilterSpec"),
    ("xml_file", "DomainSpec NetworkSpec PoolSpec VolumeSpec SecretSpec NetworkFilterSpec"),
    ("labels", "Metadata"),
    ("formerly", "Metadata"),
}
"""Fields that say where a resource is, what may be done to it, what its document is merged with, or what
becomes something else than a document (test_sources.py, test_seeds.py and test_fleet.py look
for those)."""

NO_DOCUMENT = {
    *("WindowSpec", "StopSpec", "Value", "ReadySpec", "PlacementSpec", "MigrationSpec"),
    *("VolumeSource", "Checksum", "CloudInit", "Ignition", "ConfigDrive"),
}
"""Models of policies, sources and seeds."""

NEVER_ALONE = {
    ("Interface", "user"),
    *(("Topology", part) for part in ("sockets", "dies", "cores", "threads")),
}
"""What cannot change while all else stays; test_documents.py looks for each."""

ENVELOPE = {"api_version", "kind"}

Field = tuple[str, str]


def _policy() -> set[Field]:
    return {(model, field) for field, models in POLICY for model in models.split()}


def models_of(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models in a type."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    elif get_origin(annotation) in (Annotated, Union, types.UnionType, list, dict):
        for part in get_args(annotation):
            yield from models_of(part)


def _all_fields() -> set[Field]:
    waiting: list[type[BaseModel]] = [MODELS[kind] for kind in MANAGED_KINDS]
    seen: set[type[BaseModel]] = set()
    while waiting:
        model = waiting.pop()
        if model in seen or model.__name__ in NO_DOCUMENT:
            continue
        seen.add(model)
        for info in model.model_fields.values():
            waiting.extend(models_of(info.annotation))
    return {(model.__name__, name) for model in seen for name in model.model_fields if name not in ENVELOPE}


def _others(annotation: Any, value: Any) -> Iterator[Any]:
    """Other values that a field of that type might take."""
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield from (value + 1, value - 1)
    elif isinstance(value, str):
        yield from _choices(annotation)
        yield from (f"{value}x", f"{value[:-1]}9", f"9{value[1:]}", "3GiB")
    elif isinstance(value, (list, dict)) and value:
        yield from (type(value)(), list(value)[:-1] if isinstance(value, list) else value)


def _choices(annotation: Any) -> Iterator[str]:
    if get_origin(annotation) is Literal:
        yield from map(str, get_args(annotation))
    else:
        for part in get_args(annotation):
            yield from _choices(part)


def _fields_said(model: type[BaseModel], values: Values, path: tuple[Any, ...]) -> Iterator[Any]:
    """Each field that a mapping says: (model, name), its type, and the path to it."""
    for name, info in model.model_fields.items():
        key = info.alias or name
        if key not in values or name in ENVELOPE:
            continue
        yield (model.__name__, name), info.annotation, (*path, key)
        value = values[key]
        inner = next(models_of(info.annotation), None)
        if inner is None:
            continue
        for step, item in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if isinstance(item, dict):
                yield from _fields_said(inner, item, (*path, key) if step is None else (*path, key, step))


def _changed(values: Values, path: tuple[Any, ...], annotation: Any) -> Iterator[Values]:
    """The document with the value at a path taken away, or another."""
    for other in [None, *_others(annotation, _at(values, path))]:
        changed = copy.deepcopy(values)
        parent = _at(changed, path[:-1])
        if other is None:
            del parent[path[-1]]
        else:
            parent[path[-1]] = other
        yield changed


def _at(values: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        values = values[step]
    return values


def _within(path: tuple[Any, ...], inner: tuple[Any, ...]) -> bool:
    return inner[: len(path)] == path


def _renders_differently(values: Values, before: str, path: tuple[Any, ...], annotation: Any) -> bool:
    for changed in _changed(values, path, annotation):
        try:
            if text(render(changed)) != before:
                return True
        except ValidationError:
            continue
    return False


@pytest.fixture(scope="module")
def telling() -> set[Field]:
    """The fields whose change changes a wide document."""
    found: set[Field] = set()
    for values in WIDE:
        model = next(MODELS[kind] for kind in MODELS if kind == values["kind"])
        before = text(render(values))
        said = list(_fields_said(model, values, ()))
        changing = [
            path for _, annotation, path in said if _renders_differently(values, before, path, annotation)
        ]
        found |= {field for field, _, path in said if any(_within(path, inner) for inner in changing)}
    return found


def test_every_field_changes_the_document(telling: set[Field]) -> None:
    silent = _all_fields() - _policy() - NEVER_ALONE - telling
    assert not silent, f"no wide document shows that these do anything: {sorted(silent)}"


def test_policies_do_not_change_the_document(telling: set[Field]) -> None:
    assert not _policy() & telling


def test_the_list_of_policies_names_fields_that_exist() -> None:
    assert _policy() <= _all_fields()


def test_wide_documents_have_names_of_their_own() -> None:
    names = [name_of(values) for values in WIDE]
    assert len(set(names)) == len(names)
