"""Questions at the terminal: a plain yes, or a name that somebody has to type."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from reconciler.cli import out
from reconciler.faults import Fault
from specs.plain import plain


def leave(name: str) -> None:
    """Raises Fault unless a person says that a command may go on."""
    if not sys.stdin.isatty():
        raise Fault(f"nobody is there to be asked: {name} needs --yes without a terminal; nothing was done")
    if out.ask("Do this? Only 'yes' will be taken as yes: ") != "yes":
        raise Fault("nothing was done")


def by_name(names: Iterable[str], what: str, option: str) -> None:
    """Raises Fault unless what is done to each ('destroys the data of') is agreed to by its name; the option
    is what lets it without a question."""
    names = tuple(names)
    if names and not sys.stdin.isatty():
        raise Fault(
            f"this {what} {', '.join(names)}, and nobody is there to be asked: {option} lets it; nothing was"
            " done"
        )
    for name in names:
        if out.ask(f"This {what} {name}. Type its name to go on: ") not in (name, plain(name)):
            raise Fault("nothing was done")
