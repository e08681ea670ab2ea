"""What every field means, for people: one field on a terminal, or all of them as a page.

`python -m specs.explain > docs/reference.md` writes the page anew.
"""

from __future__ import annotations

import functools
import json
import math
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from specs.diagnostics import did_you_mean
from specs.documents.naming import place_of_field
from specs.examples import DEFS
from specs.identity import MANAGED_KINDS, Kind
from specs.models.base import API_VERSION
from specs.models.registry import MODELS
from specs.schema import schema

_WORDS = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true | false",
    "object": "mapping",
}


@dataclass(frozen=True, slots=True)
class Described:
    """A field: its name, its type in words, and the model of the mappings that it holds, if any."""

    name: str
    type: str
    description: str
    default: str
    required: bool
    model: str
    example: str
    meant: Mapping[str, str]
    """What each of its words means, where they do not say it themselves."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """What is said of a kind, or of a `field`: its place in libvirt's document, and the fields within it."""

    path: str
    description: str
    fields: tuple[Described, ...]
    kind: bool
    field: Described | None = None
    place: str = ""


def explain(path: str) -> str:
    """The documentation of a kind (`Domain`) or of a field (`Domain.disks.cache`), as text.

    Raises ValueError for an unknown path.
    """
    return _text(explained(path))


def explained(path: str) -> Explanation:
    """The same as data. The kind's case does not matter, and `spec` may be left out."""
    defs = _models()
    first, *steps = path.split(".")
    steps = steps[1:] if steps[1:] and steps[0] == "spec" else steps
    kind = next((kind for kind in MODELS if kind.lower() == first.lower()), None)
    if kind is None:
        raise ValueError(f"there is no kind '{first}'{did_you_mean(first.capitalize(), MODELS)}")
    model, shown, field = str(kind), str(kind), None
    for step in steps:
        fields = {described.name: described for described in _fields(defs, model)}
        if model == kind and step not in fields:
            fields = {described.name: described for described in _fields(defs, fields["spec"].model)}
        field = fields.get(step)
        if field is None:
            raise ValueError(f"{shown} has no field '{step}'{did_you_mean(step, fields)}")
        model, shown = field.model, f"{shown}.{step}"
    if field is None:
        spec = next(described for described in _fields(defs, kind) if described.name == "spec")
        return Explanation(shown, defs[kind]["description"], tuple(_fields(defs, spec.model)), True)
    described = Kind.DOMAIN if kind is Kind.DOMAIN_TEMPLATE else kind
    place = place_of_field(described, steps) if described in MANAGED_KINDS else ""
    return Explanation(shown, field.description, tuple(_fields(defs, model)), False, field, place)


def _text(said: Explanation) -> str:
    lines, field, children = [said.path, f"  {said.description}"], said.field, said.fields
    if field:
        lines.append(f"  type:    {field.type}")
        default = "required" if field.required else field.default
        lines += [f"  default: {default}"] if default else []
        lines += [f"  example: {field.example}"] if field.example else []
        lines += [f"  libvirt: {said.place}"] if said.place else []
        longest = max(map(len, field.meant), default=0)
        lines += [f"    {word:<{longest}}  {meaning}" for word, meaning in field.meant.items()]
    if children:
        lines += ["", "fields of spec:" if said.kind else "fields:"]
    width = max((len(child.name) for child in children), default=0)
    for child in children:
        required = " (required)" if child.required else ""
        lines.append(f"  {child.name:<{width}}  {child.description}{required}")
    if said.kind:
        lines += ["", f"Names and labels: {said.path}.metadata"]
    return "\n".join(lines) + "\n"


def reference() -> str:
    """The page of all fields, as Markdown."""
    defs = _models()
    parts = [
        "# Field reference\n\n"
        "Made from the models by `python -m specs.explain`."
        " On a terminal, `virt-reconcile explain Domain.disks` shows a part of it.\n\n"
        f"A document has `apiVersion: {API_VERSION}`, `kind`, `metadata` and `spec`. The fields of"
        " `metadata`:\n\n" + _table(_fields(defs, "Metadata"), "metadata", {}) + "\n"
    ]
    known = {"Metadata": "metadata"}
    for kind in MODELS:
        parts.append(f"## {kind}\n\n{defs[kind]['description']}\n")
        spec = next(field for field in _fields(defs, kind) if field.name == "spec")
        if _whole(spec.model) in known:
            parts.append(f"{spec.description} Its fields are those of [Domain](#domain); none is required.\n")
        else:
            parts.extend(_sections(defs, spec.model, str(kind), known))
    return "\n".join(parts)


def _sections(defs: Mapping[str, Any], model: str, path: str, known: dict[str, str]) -> Iterator[str]:
    """The table of a model, then a section for each model in it that has none yet."""
    known[_whole(model)] = path
    fields = _fields(defs, model)
    inner = [field for field in fields if field.model and field.model not in known]
    for field in inner:
        known.setdefault(field.model, f"{path}.{field.name}")
    yield _table(fields, path, known)
    for field in inner:
        place = f"{path}.{field.name}"
        if known[field.model] == place:
            yield f"### {place}\n\n{defs[field.model]['description']}\n"
            yield from _sections(defs, field.model, place, known)


def _table(fields: list[Described], path: str, known: Mapping[str, str]) -> str:
    lines = ["| field | type | default | meaning |", "| --- | --- | --- | --- |"]
    for field in fields:
        default = "required" if field.required else f"`{field.default}`" if field.default else ""
        kind, meaning = field.type.replace("|", "\\|"), field.description.replace("<", "&lt;")
        if field.model:
            place = known.get(field.model, path)
            kind = kind.replace("mapping", f"[mapping](#{place.replace('.', '').lower()})", 1)
        lines.append(f"| `{field.name}` | {kind} | {default} | {meaning} |")
    return "\n".join(lines) + "\n"


@functools.cache
def _models() -> Mapping[str, Any]:
    """The schema's models by name."""
    return cast(Mapping[str, Any], schema()["$defs"])


def _fields(defs: Mapping[str, Any], model: str) -> list[Described]:
    """The fields of a model of the schema; none without a model."""
    found = defs.get(model, {})
    unless_xml: list[Any] = found.get("anyOf", [{}])
    required = {*found.get("required", ()), *unless_xml[0].get("required", ())}
    return [
        Described(
            name,
            _type(node),
            node.get("description", ""),
            _default(node.get("default")),
            name in required,
            _model(node),
            _example(name, node),
            _meant(node),
        )
        for name, node in found.get("properties", {}).items()
    ]


def _model(node: Mapping[str, Any]) -> str:
    """The model of the mappings in a field: its own, its items', or one of its choices'."""
    if "$ref" in node:
        return str(node["$ref"]).removeprefix(DEFS)
    inner = [*node.get("anyOf", ()), *(node[key] for key in ("items", "else") if key in node)]
    return next(filter(None, map(_model, inner)), "")


def _whole(model: str) -> str:
    return model.removesuffix("Part")


def _type(node: Mapping[str, Any]) -> str:
    if "$ref" in node or "else" in node:
        return "mapping"
    if "const" in node:
        return str(node["const"])
    if "enum" in node:
        return " | ".join(map(str, node["enum"]))
    if "anyOf" in node:
        return _choice(node["anyOf"])
    kind = node.get("type", "object")
    if isinstance(kind, list):
        first, *rest = (_WORDS[name] for name in kind)
        such = next(example for example in node["examples"] if isinstance(example, str))
        return " | ".join((f"{first} such as {such}", *rest))
    if kind == "array":
        inner = _type(node["items"])
        return f"list of ({inner})" if "|" in inner else f"list of {inner}"
    values = node.get("additionalProperties")
    if kind == "object" and isinstance(values, dict):
        return f"names, each with {_type(values)}"
    return _WORDS[kind]


def _choice(forms: list[dict[str, Any]]) -> str:
    lists = [_type(form) for form in forms if form.get("type") == "array"]
    if lists:
        return f"{lists[-1]}; one may stand alone"
    return " | ".join(dict.fromkeys(_type(form) for form in forms if form.get("type") != "null"))


def _meant(node: Mapping[str, Any]) -> Mapping[str, str]:
    """What its words mean, where that is said."""
    forms = (node, *node.get("anyOf", ()))
    said = next((form for form in forms if "enumDescriptions" in form), None)
    return dict(zip(said["enum"], said["enumDescriptions"], strict=True)) if said else {}


def _example(name: str, node: Mapping[str, Any]) -> str:
    """An example of a field as the files would say it, on one line; of a document's own parts none."""
    if "const" in node or "examples" not in node:
        return ""
    import yaml

    said = {name: node["examples"][0]}
    flow = yaml.safe_dump(said, default_flow_style=True, sort_keys=False, allow_unicode=True, width=math.inf)
    return flow.strip()[1:-1]


def _default(value: Any) -> str:
    """A default as the files would say it."""
    if isinstance(value, dict):
        said = {key: inner for key, inner in value.items() if inner not in (None, [], {})}
        return (
            "{" + ", ".join(f"{key}: {_default(inner)}" for key, inner in said.items()) + "}" if said else ""
        )
    if isinstance(value, list):
        return "[" + ", ".join(map(_default, value)) + "]" if value else ""
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value).removesuffix(".0")


if __name__ == "__main__":
    sys.stdout.write(reference())
