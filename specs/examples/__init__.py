"""An example of every field: documents that say, together, all that can be said.

`documents.yaml` has what hypervisors' documents show, `policies.yaml` what they do not. Editors and `explain`
show the shortest value that a field has in them; tests render, read back and check the same documents.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

DEFS = "#/$defs/"
FILES = ("documents.yaml", "policies.yaml")

Schema = Mapping[str, Any]
"""JSON Schema: a part of one."""


@functools.cache
def documents(file: str) -> tuple[dict[str, Any], ...]:
    """The documents of one of the files."""
    text = Path(__file__).with_name(file).read_text(encoding="utf-8")
    return tuple(yaml.load_all(text, yaml.CSafeLoader))


def examples(models: Mapping[str, Schema]) -> Mapping[tuple[str, str], Any]:
    """By model and field: the shortest value that the documents give it; a spec is known by its parts."""
    found: dict[tuple[str, str], Any] = {}
    for file in FILES:
        for document in documents(file):
            for place, value in _said(document, {"$ref": DEFS + document["kind"]}, models):
                if place[1] != "spec" and (place not in found or _length(value) < _length(found[place])):
                    found[place] = value
    return found


def _said(value: Any, node: Schema, models: Mapping[str, Schema]) -> Iterator[tuple[tuple[str, str], Any]]:
    """What a value says of which fields, by the part of the schema that it is of."""
    if isinstance(value, list):
        for item in value:
            yield from _said(item, node, models)
    elif isinstance(value, dict):
        for name in _models_in(node):
            fields = models[name].get("properties", {})
            if value.keys() <= fields.keys():
                for key, inner in value.items():
                    yield (name, key), inner
                    yield from _said(inner, fields[key], models)


def _models_in(node: Schema) -> Iterator[str]:
    """The models that a mapping may be of there."""
    if "$ref" in node:
        yield str(node["$ref"]).removeprefix(DEFS)
    inner = [
        node[key] for key in ("items", "else", "additionalProperties") if isinstance(node.get(key), dict)
    ]
    for each in (*node.get("anyOf", ()), *inner):
        yield from _models_in(each)


def _length(value: Any) -> int:
    return len(json.dumps(value))
