"""explain: documentation of kinds and fields."""

from __future__ import annotations

import click

from reconciler.cli import out
from reconciler.faults import Fault


@click.command()
@click.argument("path", metavar="KIND[.FIELD]", help="Such as Domain.disks.cache.")
def command(path: str) -> None:
    """Explains a kind, or one of its fields."""
    from specs.explain import explain

    try:
        out.say_lines(explain(path).rstrip())
    except ValueError as error:
        raise Fault(str(error)) from None
