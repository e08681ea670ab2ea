"""What people decided about a fleet beside its files, with reason, author and expiry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Verb(StrEnum):
    """What can be decided: `pin` holds the fleet at a commit, `skip` never applies one, `approve` lets one in
    that waits, `suspend` leaves something alone, `observe` only looks at it, `proceed` lets a roll-out go on
    that failures stopped. `stop` keeps a guest stopped that the files let run, `restart` has a controller
    restart one, and is over when that was tried."""

    PIN = "pin"
    SKIP = "skip"
    APPROVE = "approve"
    SUSPEND = "suspend"
    OBSERVE = "observe"
    PROCEED = "proceed"
    STOP = "stop"
    RESTART = "restart"


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision. `subject` is a commit (its full hash), or for suspend and observe `Fleet`, `Host/NAME`,
    a resource's address, or a selector as `--only` takes it. Times are seconds since the epoch; `expires`
    and `ended` are None while there is no such time. It is in force from `at` until it expires or is
    ended."""

    id: int
    at: float
    verb: Verb
    subject: str
    author: str
    reason: str = ""
    expires: float | None = None
    ended: float | None = None
    ended_by: str = ""

    def holds(self, now: float) -> bool:
        """Whether it is in force."""
        return self.ended is None and (self.expires is None or now < self.expires)


class Decisions(Protocol):
    """The decisions of one fleet; none is ever lost, so that they are their own audit. Writing one takes no
    writer's lease: a person decides while a controller runs. Every method raises StateError when the state
    cannot be used."""

    def decide(
        self, verb: Verb, subject: str, author: str, reason: str = "", expires: float | None = None
    ) -> Decision:
        """Writes a decision. One of the same verb and subject that is in force is ended by it; a pin ends
        any other pin."""

    def end_decision(self, verb: Verb, subject: str, author: str) -> bool:
        """Ends what is in force of this verb and subject ('' for any); whether there was something."""

    def decisions(self, *, past: bool = False) -> Sequence[Decision]:
        """What is in force now, oldest first; with `past`, all that there ever was."""
