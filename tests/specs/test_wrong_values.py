"""Whatever stands where a field's value should: it is rendered, or the models say what is wrong."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from specs.schema import schema
from tests.specs.wide import WIDE, Values, name_of, render

WRONG: tuple[Any, ...] = (
    None,
    True,
    1,
    -1,
    10**20,
    1.5,
    "",
    "x\x00",
    "a b",
    "ü/é",
    [],
    {},
    [1],
    ["x"],
    {"x": 1},
    [{}],
    [[{}]],
)


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in items:
        yield (*path, step)
        yield from _paths(inner, (*path, step))


def _with(values: Values, path: tuple[Any, ...], value: Any) -> Values:
    changed = copy.deepcopy(values)
    parent: Any = changed
    for step in path[:-1]:
        parent = parent[step]
    parent[path[-1]] = value
    return changed


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    return Draft202012Validator(schema())


@pytest.mark.parametrize("values", WIDE, ids=name_of)
def test_wrong_values(values: Values, validator: Draft202012Validator) -> None:
    for path in _paths(values):
        for wrong in WRONG:
            if path == ("kind",):
                continue
            changed = _with(values, path, wrong)
            try:
                render(changed)
            except ValidationError:
                continue
            assert validator.is_valid(changed), f"the models take {wrong!r} at {path}, the schema does not"
