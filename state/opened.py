"""An open state, as all that callers know of one."""

from __future__ import annotations

from typing import Protocol

from state.fills import Fills
from state.journal import Journal
from state.leases import Leases
from state.records import Records


class OpenState(Records, Fills, Journal, Leases, Protocol):
    """The state of one fleet, open; may be shared by threads."""

    def close(self) -> None:
        """Closes it; nothing else is called after that."""

    def sealing_key(self) -> bytes:
        """What secrets in documents are sealed with: the same in every process that may read this state."""

    def serial(self) -> tuple[str, int]:
        """The state's lineage, which no other state has, and how often it was written since it was made."""
