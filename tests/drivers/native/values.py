"""Any value of a frozen dataclass whose fields have places: for tests at random."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

T = TypeVar("T")

WORDS = st.sampled_from(["x", "a b", "<&>\"'", "é — ü", "/vm/a-1.vmdk", "[ds 1] x/x.vmdk", "{%s}"])
NUMBERS = st.sampled_from([0, 1, 7, 4096, 2**40])


def any_value(cls: type[T]) -> st.SearchStrategy[T]:
    """Values of a dataclass with anything in any of its fields."""
    hints = get_type_hints(cls, include_extras=True)
    known = {field.name: hints[field.name] for field in fields(cls)}  # type: ignore[arg-type]
    said = {name: _of(hint) for name, hint in known.items() if get_origin(hint) is Annotated}
    return st.fixed_dictionaries({}, optional=said).map(lambda values: cls(**values))


def _of(hint: Any) -> st.SearchStrategy[Any]:
    kind = get_args(hint)[0]
    if get_origin(kind) is tuple:
        return st.lists(_one(get_args(kind)[0]), max_size=2).map(tuple)
    parts = get_args(kind) or (kind,)
    return st.one_of(*(st.none() if part is type(None) else _one(part) for part in parts))


def _one(kind: Any) -> st.SearchStrategy[Any]:
    if is_dataclass(kind):
        return any_value(kind)  # type: ignore[arg-type]
    if kind is bool:
        return st.booleans()
    return NUMBERS if kind is int else WORDS
