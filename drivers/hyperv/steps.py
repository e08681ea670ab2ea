"""What `act.ps1` is asked to do: one cmdlet after another, each held to the table of cmdlets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from drivers.hyperv.cmdlets import CMDLETS


@dataclass(frozen=True, slots=True)
class MachinePart:
    """A part of the machine that a step is about: the machine itself, or a disk, drive or adapter of it."""

    kind: str
    mac: str = ""
    type: str = ""
    number: int = 0
    location: int = 0

    def told(self) -> Mapping[str, object]:
        """As the script looks for it."""
        return {
            "kind": self.kind,
            "mac": self.mac,
            "type": self.type,
            "number": self.number,
            "location": self.location,
        }


MACHINE = MachinePart("machine")
"""The machine that all steps of a request are about."""

Given = str | int | bool | None | MachinePart | Sequence[MachinePart] | Sequence[str]


@dataclass(frozen=True, slots=True)
class CmdletStep:
    """One cmdlet and what it is given."""

    cmdlet: str
    given: tuple[tuple[str, Given], ...]

    def told(self) -> Mapping[str, object]:
        """As the script takes it: values are data, and never text of a script."""
        return {"cmdlet": self.cmdlet, "given": [_told(name, value) for name, value in self.given]}


def step(cmdlet: str, **given: Given) -> CmdletStep:
    """A step; what the table of cmdlets does not hold is a mistake of ours."""
    unknown = given.keys() - CMDLETS[cmdlet].parameters
    if unknown:
        raise LookupError(f"{cmdlet} is not known to take {', '.join(sorted(unknown))}")
    return CmdletStep(cmdlet, tuple(given.items()))


def request(
    steps: Sequence[CmdletStep], *, machine: str | None = None, absent: str | None = None
) -> Mapping[str, object]:
    """What `act` is asked: steps about a machine (by its id), or one that may not be there yet (by name)."""
    return {"machine": machine, "absent": absent, "steps": [each.told() for each in steps]}


def _told(name: str, value: Given) -> Mapping[str, object]:
    part = value.told() if isinstance(value, MachinePart) else None
    parts = None
    if (
        isinstance(value, Sequence)
        and not isinstance(value, str)
        and value
        and isinstance(value[0], MachinePart)
    ):
        parts = [each.told() for each in value if isinstance(each, MachinePart)]
    plain = None if part is not None or parts is not None else value
    return {"name": name, "value": plain, "part": part, "parts": parts}
