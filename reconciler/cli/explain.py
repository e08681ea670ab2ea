"""explain: documentation of kinds and fields."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from reconciler.cli.common import Fault


def command(
    path: Annotated[str, typer.Argument(metavar="KIND[.FIELD]", help="Such as Domain.disks.cache.")],
) -> None:
    """Explains a kind, or one of its fields."""
    from specs.explain import explain

    try:
        sys.stdout.write(explain(path).rstrip() + "\n")
    except ValueError as error:
        raise Fault(str(error)) from None
