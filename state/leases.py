"""Leases: who may write, one at a time, as a protocol."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds the writer's lease; `since` is seconds since the epoch."""

    pid: int
    machine: str
    user: str
    command: str
    since: float


class Lease(Protocol):
    """The right to write, while it lasts."""

    @property
    def holder(self) -> Holder:
        """Who holds it: this process."""

    def renew(self) -> None:
        """Makes sure that it is still ours; where a backend's leases run out, it lasts anew from here on.

        Raises LeaseLost when it is not: somebody else may have it by now. May be called by any thread.
        """


class Leases(Protocol):
    """Who may write to a state: one process at a time."""

    def writer(self, command: str) -> AbstractContextManager[Lease]:
        """The writer's lease while the block runs. `command` is what others are told of the holder.

        Entering it raises Locked, which names the holder, while another holds it; it is never waited for.
        It is free again when the block ends, however it ends, and when the holder dies, however it dies: at
        once where the system tells, else when the lease runs out. With it come the dead holder's runs: they
        are closed as interrupted, for nobody else can have a run open.

        While it is held, each action that begins renews it (`Journal.begin_action`), so that whoever has
        lost it begins nothing more.
        """
