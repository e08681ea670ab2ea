"""What a lab consists of, kept in its folder: enough to end it from another process, at any time."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from reconciler.lab.errors import LabError
from reconciler.lab.holder import Process

_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Member:
    """A host of the lab; `process` holds its namespaces once the lab is up."""

    name: str
    address: str
    groups: tuple[str, ...]
    process: Process | None = None


@dataclass(frozen=True, slots=True)
class LabRecord:
    """A lab. `up` when it has come up whole; `tree` maps the files that it wrote to their digests."""

    members: tuple[Member, ...]
    switch: Process | None = None
    up: bool = False
    tree: Mapping[str, str] = field(default_factory=dict)

    def write(self, file: Path) -> None:
        """Keeps it: whole or not at all."""
        draft = file.with_suffix(".new")
        draft.write_text(json.dumps({"format": _FORMAT, **asdict(self)}, indent=1))
        draft.replace(file)

    @classmethod
    def read(cls, file: Path) -> LabRecord | None:
        """What was kept; None where there is no lab. Raises LabError for a file that is no record."""
        try:
            values = json.loads(file.read_text())
            if values.pop("format") != _FORMAT:
                raise LabError(f"{file} was written by another version of virt-reconcile; use that one")
            members = tuple(_member(**member) for member in values.pop("members"))
            return cls(members, _process(values.pop("switch")), **values)
        except FileNotFoundError:
            return None
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise LabError(f"{file} is not the record of a lab") from error


def _member(process: dict[str, Any] | None, groups: list[str], **values: Any) -> Member:
    return Member(process=_process(process), groups=tuple(groups), **values)


def _process(values: dict[str, Any] | None) -> Process | None:
    return Process(**values) if values else None
