"""schema: JSON Schema for editors."""

from __future__ import annotations

import json

from reconciler.cli import out


def command() -> None:
    """Writes the JSON Schema of the files, for editors."""
    from specs.schema import schema

    out.say_json(json.dumps(schema(), indent=2))
