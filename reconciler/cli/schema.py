"""schema: JSON Schema for editors."""

from __future__ import annotations

import json
import sys


def command() -> None:
    """Writes the JSON Schema of the files, for editors."""
    from specs.schema import schema

    sys.stdout.write(json.dumps(schema(), indent=2) + "\n")
