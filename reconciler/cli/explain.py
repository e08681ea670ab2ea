"""explain: documentation of kinds and fields."""

from __future__ import annotations

import click

from reconciler.cli.common import Common, takes
from reconciler.faults import Fault


@click.command()
@takes("output")
@click.argument("path", metavar="KIND[.FIELD]", help="Such as Domain.disks.cache.")
def command(common: Common, path: str) -> None:
    """Explains a kind, or one of its fields."""
    from specs.explain import explain, explained

    try:
        said = explained(path)
    except ValueError as error:
        raise Fault(str(error)) from None
    if common.json:
        from reconciler.report import json

        common.say_json(json.document(kind="explanation", explanation=said))
        return
    common.say_block(explain(path).rstrip().split("\n"))
