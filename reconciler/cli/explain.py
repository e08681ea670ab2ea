"""explain: documentation of kinds and fields."""

from __future__ import annotations

import click

from reconciler.cli.common import Common, takes
from reconciler.faults import Fault


@click.command()
@takes("output")
@click.argument("path", metavar="KIND[.FIELD]", default="", help="Such as Domain.disks.cache.")
def command(common: Common, path: str) -> None:
    """Explains a kind, or one of its fields."""
    from specs.explain import explain, explained
    from specs.models.registry import MODELS

    if not path:
        raise Fault(f"say of what: explain KIND, or KIND.FIELD; a kind is one of {', '.join(sorted(MODELS))}")
    try:
        said = explained(path)
    except ValueError as error:
        raise Fault(str(error)) from None
    if common.json:
        from reconciler.report import json

        common.say_json(json.document(kind="explanation", explanation=said))
        return
    common.say_block(explain(path).rstrip().split("\n"))
