"""Changing one value of a file and nothing else: no comment is lost, no line is laid out anew. Pure."""

from __future__ import annotations

import yaml

from specs.reading.yaml import read_documents


def with_host(text: str, kind: str, name: str, host: str) -> str | None:
    """A YAML file's text with another `spec.host` in one of its documents; None when it has no such
    document, or none that can be changed in place."""
    node = document_of(text, kind, name)
    return None if node is None else _changed(text, node, host)


def document_of(text: str, kind: str, name: str) -> yaml.MappingNode | None:
    """The document that declares a resource; None where the text has none."""
    for document in read_documents(text, "", []):
        if _is(document.value, kind, name) and isinstance(document.node, yaml.MappingNode):
            return document.node
    return None


def value_at(mapping: yaml.MappingNode, key: str) -> yaml.Node | None:
    """What a mapping has under a key."""
    return next((value for found, value in mapping.value if found.value == key), None)


def _is(value: object, kind: str, name: str) -> bool:
    if not isinstance(value, dict) or value.get("kind") != kind:
        return False
    metadata = value.get("metadata")
    return isinstance(metadata, dict) and metadata.get("name") == name


def _changed(text: str, document: yaml.MappingNode, host: str) -> str | None:
    spec = value_at(document, "spec")
    if not isinstance(spec, yaml.MappingNode):
        return None
    known = value_at(spec, "host")
    if known is not None:
        return text[: known.start_mark.index] + host + text[known.end_mark.index :]
    if spec.flow_style:
        at = spec.start_mark.index + 1
        return f"{text[:at]}host: {host}{', ' if spec.value else ''}{text[at:]}"
    first = spec.value[0][0].start_mark
    return f"{text[: first.index]}host: {host}\n{' ' * first.column}{text[first.index :]}"
