"""What a driver refuses at define, in the words in which `validate` says it offline."""

from __future__ import annotations

from drivers.base.errors import Refused
from specs.identity import Kind
from specs.matrix.model import Hypervisor
from specs.xml import parse


def refuse_misfits(row: Hypervisor, kind: Kind, document: str, host: str) -> None:
    """Raises Refused where a document says what a host of that family cannot have, or this driver cannot
    write: nothing is dropped silently."""
    from specs.checks.fitting import misfits  # knows all models of files, which looking never needs

    problems = [each.problem for each in misfits(row, kind, parse(document), host)]
    if problems:
        raise Refused("; ".join(problems))
