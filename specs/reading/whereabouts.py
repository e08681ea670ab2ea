"""Where a file says something: the line of one field of one document. Pure."""

from __future__ import annotations

import yaml

from specs.reading.patch import document_of, value_at


def line_of_field(text: str, kind: str, name: str, field: str) -> int | None:
    """The line, from 1, at which a YAML file says a field of a document's `spec`; None where it does not."""
    node = document_of(text, kind, name)
    spec = value_at(node, "spec") if node is not None else None
    if not isinstance(spec, yaml.MappingNode):
        return None
    return next((key.start_mark.line + 1 for key, _ in spec.value if key.value == field), None)
