"""How a service logs: as text or as JSON, on standard error."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager
from logging import ERROR, WARNING

import click

from reconciler.cli import out
from reconciler.log import FORMATS, logging_to
from reconciler.report.paint import paint_for

LOG_FORMAT = click.option(
    "--log-format", type=click.Choice(FORMATS), default="text", show_default=True, help="How it logs."
)


def logging_as(form: str, color: str = "auto") -> AbstractContextManager[None]:
    """While the block runs, what is logged goes to standard error in this form; on a terminal warnings and
    errors stand out."""
    paint = paint_for(color, sys.stderr)

    def tint(level: int, line: str) -> str:
        return paint("red" if level >= ERROR else "yellow" if level >= WARNING else "", line)

    return logging_to(out.tell_json if form == "json" else out.tell, form, tint)
