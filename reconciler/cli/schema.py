"""schema: JSON Schema for editors."""

from __future__ import annotations

import json

import click

from reconciler.cli import out


@click.command()
def command() -> None:
    """Writes the JSON Schema of the files, for editors."""
    from specs.schema import schema

    out.say_json(json.dumps(schema(), indent=2))
