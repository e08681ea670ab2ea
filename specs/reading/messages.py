"""pydantic's findings in words for people, at the place in the file that they are about."""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from specs.diagnostics import Problem, did_you_mean
from specs.reading.yaml import Document, Path

_PLAIN = {
    "bool_type": "write true or false",
    "bool_parsing": "write true or false",
    "int_type": "write a whole number",
    "int_parsing": "write a whole number",
    "string_type": "write text",
    "list_type": "write a list",
    "dict_type": "write a mapping",
    "model_type": "write a mapping",
    "model_attributes_type": "write a mapping",
}


def problems_of(
    error: ValidationError,
    document: Document,
    model: type[BaseModel],
    prefix: Path = (),
    *,
    partial: bool = False,
) -> Iterator[Problem]:
    """One problem per finding. `prefix` is where the validated value stands in the document; of a partial
    value, what is said must be right, but nothing need be complete."""
    for finding in error.errors(include_url=False):
        if partial and (finding["type"] == "missing" or isinstance(finding["input"], dict)):
            continue
        path = (*prefix, *finding["loc"])
        kind = finding["type"]
        name = str(finding["loc"][-1]) if finding["loc"] else ""
        if kind == "extra_forbidden":
            allowed = _fields_at(model, finding["loc"][:-1])
            yield Problem(
                document.origin(path, key=True), f"unknown key '{name}'{did_you_mean(name, allowed)}"
            )
        elif kind == "missing":
            yield Problem(document.origin(path[:-1]), f"'{name}' is missing")
        else:
            yield Problem(document.origin(path), f"{_dotted(finding['loc'])}: {_message(kind, finding)}")


def _dotted(location: tuple[str | int, ...]) -> str:
    text = ""
    for step in location:
        text += f"[{step}]" if isinstance(step, int) else f".{step}"
    return text.removeprefix(".").removeprefix("spec.") or "value"


def _message(kind: str, finding: Mapping[str, Any]) -> str:
    value = finding.get("input")
    shown = f"'{value}'" if isinstance(value, (str, int)) else _kind_of(value)
    if kind in ("literal_error", "enum"):
        allowed = str(finding["ctx"]["expected"]).replace(" or ", ", ").replace("'", "").split(", ")
        near = did_you_mean(str(value), allowed)
        listed = "" if near.startswith("; allowed") else f"; allowed: {', '.join(allowed)}"
        return f"{shown} is not allowed{near}{listed}"
    if kind in _PLAIN:
        return f"{_PLAIN[kind]}, not {shown}"
    message = str(finding["msg"]).removeprefix("Value error, ")
    return message[:1].lower() + message[1:] if message.startswith("Input") else message


def _kind_of(value: Any) -> str:
    if value is None:
        return "nothing"
    return {dict: "a mapping", list: "a list", bool: str(value).lower()}.get(type(value), "this")


def _fields_at(model: type[BaseModel], location: tuple[str | int, ...]) -> list[str]:
    """The keys that are allowed at a place of a model."""
    current: type[BaseModel] | None = model
    for step in location:
        if isinstance(step, int) or current is None:
            continue
        field = next((f for n, f in current.model_fields.items() if step in (n, f.alias)), None)
        current = _model_in(field.annotation) if field else None
    if current is None:
        return []
    return [field.alias or name for name, field in current.model_fields.items()]


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in (Annotated, Union, types.UnionType, list, dict) and (
        get_origin(annotation) is not Literal
    ):
        for part in get_args(annotation):
            found = _model_in(part)
            if found:
                return found
    return None
