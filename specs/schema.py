"""JSON Schema of the files, for editors and other tools: it accepts what the models accept."""

from __future__ import annotations

import functools
import json
import operator
from collections.abc import Callable, Iterator
from typing import Annotated, Any, cast

from pydantic import Field, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from specs.examples import DEFS, examples
from specs.meanings import MEANINGS
from specs.models.base import API_VERSION
from specs.models.registry import MODELS

_PROBES: tuple[Any, ...] = ("x", 1, {}, ["x"])
_MAY_COME_FROM = {"DomainSpec": ("memory", ["xmlFile"]), "VolumeSpec": ("capacity", ["xmlFile", "source"])}
"""Specs that need not say a field when they say one of others."""


def schema() -> dict[str, Any]:
    """The schema (draft 2020-12) of one document of the files, whatever its kind.

    What a kind has is said by conditions, and not as one of several: so editors complete and judge a document
    by its own kind alone.
    """
    kinds: Any = Annotated[functools.reduce(operator.or_, MODELS.values()), Field(discriminator="kind")]
    adapter: TypeAdapter[Any] = TypeAdapter(kinds)
    generated = adapter.json_schema(schema_generator=_Generator)
    defs = generated["$defs"]
    _add_hints(defs)
    _add_parts(defs)
    for name, (required, others) in _MAY_COME_FROM.items():
        defs[name]["required"] = [field for field in defs[name]["required"] if field != required]
        defs[name]["anyOf"] = [{"required": [field]} for field in (required, *others)]
    return {
        "$schema": GenerateJsonSchema.schema_dialect,
        "title": f"One document of {API_VERSION}",
        "type": "object",
        "properties": {
            "apiVersion": defs["Fleet"]["properties"]["apiVersion"],
            "kind": {
                "enum": list(MODELS),
                "enumDescriptions": [defs[kind].get("description", kind) for kind in MODELS],
                "description": "What it declares.",
            },
            "metadata": defs["Fleet"]["properties"]["metadata"],
            "spec": {"description": "What it is to be, by its kind."},
        },
        "required": ["apiVersion", "kind", "metadata"],
        "allOf": [_if_it_is(kind) for kind in MODELS],
        "$defs": dict(sorted(defs.items())),
    }


def _if_it_is(kind: str) -> dict[str, Any]:
    # No `const`: to editors that complete, Network could still become NetworkFilter.
    said = {"properties": {"kind": {"pattern": f"^{kind}$"}}, "required": ["kind"]}
    return {"if": said, "then": {"$ref": f"{DEFS}{kind}"}}


def _add_hints(defs: dict[str, Any]) -> None:
    """What editors show beside a field's description: an example, and what holds where it is not said."""
    for (model, field), value in examples(defs).items():
        node = defs[model]["properties"][field]
        others = () if isinstance(value, str) else node.get("examples", ())  # which are texts
        node["examples"] = [value, *others]
    for (model, field), meant in MEANINGS.items():
        node = defs[model]["properties"][field]
        for form in (node, *node.get("anyOf", ())):
            if "enum" in form:
                form["enumDescriptions"] = [meant[value] for value in form["enum"]]
    for model in defs.values():
        for node in model.get("properties", {}).values():
            inner = defs.get(node.get("$ref", "").removeprefix(DEFS), {})
            if "description" in inner:  # where both say the same it is there alone
                node.setdefault("description", inner["description"])
            if "default" in node and "description" in node and "$ref" not in node:
                default = json.dumps(node["default"], ensure_ascii=False)
                node["markdownDescription"] = f"{node['description']}\n\nBy default: `{default}`"


def _add_parts(defs: dict[str, Any]) -> None:
    """A template, and a domain that refines one, may say a part of anything."""
    for name in _reachable(defs, "DomainSpec"):
        part = cast(dict[str, Any], _renamed(defs[name]))
        part.pop("required", None)
        defs[f"{name}Part"] = part
    part_ref, whole = {"$ref": f"{DEFS}DomainSpecPart"}, {"$ref": f"{DEFS}DomainSpec"}
    template, domain = defs["DomainTemplate"]["properties"], defs["Domain"]["properties"]
    template["spec"] = {**part_ref, "description": template["spec"]["description"]}
    domain["spec"] = {
        "if": {"required": ["template"]},
        "then": part_ref,
        "else": whole,
        "description": domain["spec"]["description"],
    }


def _reachable(defs: dict[str, Any], start: str) -> list[str]:
    found: dict[str, None] = {}
    waiting = [start]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = None
            waiting.extend(_references(defs[name]))
    return list(found)


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"].removeprefix(DEFS)
        for child in node.values():
            yield from _references(child)
    elif isinstance(node, list):
        for child in node:
            yield from _references(child)


def _renamed(node: Any) -> Any:
    """A copy that refers to the parts."""
    if isinstance(node, dict):
        return {key: f"{value}Part" if key == "$ref" else _renamed(value) for key, value in node.items()}
    return [_renamed(child) for child in node] if isinstance(node, list) else node


def _flat(forms: list[JsonSchemaValue]) -> list[JsonSchemaValue]:
    """Choices within choices, as one list."""
    flat: list[JsonSchemaValue] = []
    for form in forms:
        flat.extend(inner for inner in form.get("anyOf", [form]) if inner not in flat)
    return flat


def _of_the_type(probe: Any, form: JsonSchemaValue) -> JsonSchemaValue:
    """Of a choice what a probe may be: text that means a field is no mapping, though the field may be one."""
    if not isinstance(probe, str) or "anyOf" not in form:
        return form
    fitting = [each for each in form["anyOf"] if each.get("type") not in ("object", "array", "null")]
    fitting = [each for each in fitting if "$ref" not in each]
    return fitting[0] if len(fitting) == 1 else {**form, "anyOf": fitting}


class _Generator(GenerateJsonSchema):
    """pydantic's generator, with short forms and without noise.

    A short form, such as `memory: 2GiB`, is made long by a validator that runs before the model's own.
    What a field takes besides its long form is found by asking that validator.
    """

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        made = super().default_schema(schema)
        if "default" in made and made["default"] in (None, [], {}):
            del made["default"]
        return made

    def function_before_schema(self, schema: core_schema.BeforeValidatorFunctionSchema) -> JsonSchemaValue:
        long = super().function_before_schema(schema)
        validate = cast(Callable[[Any], Any], schema["function"]["function"])
        forms: list[JsonSchemaValue] = []
        for probe in _PROBES:
            form = self._short_form(validate, probe, long)
            if form is not None and form not in forms:
                forms.append(form)
        if not forms:
            return long
        covered = forms[-1].get("type") == "array"
        return {"anyOf": _flat(forms if covered else [*forms, long])}

    def _short_form(
        self, validate: Callable[[Any], Any], probe: Any, long: JsonSchemaValue
    ) -> JsonSchemaValue | None:
        try:
            made = validate(probe)
        except ValueError:
            return None
        if made == probe:
            return None
        if isinstance(probe, list):
            items = self._resolved(long)["items"]
            return {"type": "array", "items": {"anyOf": [self._landing(made[0], probe[0], items), items]}}
        return self._landing(made, probe, long)

    def _landing(self, made: Any, probe: Any, long: JsonSchemaValue) -> JsonSchemaValue:
        """The schema of the place to which the validator moved the probe."""
        if made == probe:
            return _of_the_type(probe, {key: value for key, value in long.items() if key != "default"})
        target = self._resolved(long)
        if isinstance(made, list):
            return self._landing(made[0], probe, target["items"])
        ((field, inner),) = made.items()
        return self._landing(inner, probe, target["properties"][field])

    def _resolved(self, json_schema: JsonSchemaValue) -> JsonSchemaValue:
        """The schema itself: not a reference to it, nor the choice between it and null."""
        choices = [form for form in json_schema.get("anyOf", ()) if form != {"type": "null"}]
        return self.resolve_ref_schema(choices[0] if choices else json_schema)
