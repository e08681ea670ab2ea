"""schema: for editors."""

from __future__ import annotations

import json

from tests.reconciler.cli.lab import Lab


def test_schema_is_json_schema(lab: Lab) -> None:
    said = lab("schema")
    assert said.code == 0
    assert json.loads(said.out)["$schema"].startswith("https://json-schema.org/")
