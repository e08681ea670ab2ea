"""What other tools keep beside a tree, told in a line, and at length for who asks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reconciler.report.words import counted
from specs.listing import listed

_NAMED = 3


def others_note(foreign: Sequence[tuple[str, str]]) -> str:
    """'3 files of other tools are left alone: …'; '' where there are none."""
    if not foreign:
        return ""
    named = listed([path for path, _ in foreign], _NAMED)
    verb = "is" if len(foreign) == 1 else "are"
    files = counted(len(foreign), "file of another tool", "files of other tools")
    return f"{files} {verb} left alone: {named} (validate -v: all; .virt-reconcile-ignore: no note)"


def other_lines(foreign: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Each of them, and what it seems to be."""
    return (f"{path}: left alone: another tool's ({what})" for path, what in foreign)
