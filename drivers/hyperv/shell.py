"""What every way to a host's PowerShell does: run one of our scripts, and tell what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


class ScriptFailed(Exception):
    """The script ran and ended in an error record.

    `id` is its FullyQualifiedErrorId, `category` that of its CategoryInfo
    (https://learn.microsoft.com/dotnet/api/system.management.automation.errorcategory).
    """

    def __init__(self, id_: str, category: str, message: str) -> None:
        super().__init__(message)
        self.id, self.category, self.message = id_, category, message


class Lost(Exception):
    """The connection is gone, and with it the reply. `unsent`: nothing can have been done."""

    def __init__(self, message: str, *, unsent: bool, hint: str = "") -> None:
        super().__init__(message)
        self.message, self.unsent, self.hint = message, unsent, hint


class Shell(Protocol):
    """A session on the host; used by one thread at a time."""

    def run(self, name: str, request: Mapping[str, object], seconds: float) -> Any:
        """Runs a script with what is asked; its answer, out of its JSON. Raises ScriptFailed, Lost."""

    def close(self) -> None:
        """Ends it, as far as that is possible."""
