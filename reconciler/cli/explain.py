"""explain: documentation of kinds and fields."""

from __future__ import annotations

from typing import Annotated

import typer

from reconciler.cli import out
from reconciler.cli.common import Fault


def command(
    path: Annotated[str, typer.Argument(metavar="KIND[.FIELD]", help="Such as Domain.disks.cache.")],
) -> None:
    """Explains a kind, or one of its fields."""
    from specs.explain import explain

    try:
        out.say_lines(explain(path).rstrip())
    except ValueError as error:
        raise Fault(str(error)) from None
