"""How a service logs: as text or as JSON, on standard error."""

from __future__ import annotations

from contextlib import AbstractContextManager

import click

from reconciler.cli import out
from reconciler.log import FORMATS, logging_to

LOG_FORMAT = click.option(
    "--log-format", type=click.Choice(FORMATS), default="text", show_default=True, help="How it logs."
)


def logging_as(form: str) -> AbstractContextManager[None]:
    """While the block runs, what is logged goes to standard error in this form."""
    return logging_to(out.tell_json if form == "json" else out.tell, form)
