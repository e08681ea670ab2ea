"""Tickets: whose turn it is in a roll-out, and whose it was, as data and as a protocol.

A roll-out is what one commit changes about the guests of a fleet. Each guest takes a ticket before anything
is done to it, and ends it when it is ready again. Several controllers take them from one state, so that all
together they keep to the limits.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from specs.identity import Address


@dataclass(frozen=True, slots=True)
class GuestTurn:
    """A guest that is to be changed on a host: in which group it counts, and whether it is down for it."""

    address: Address
    host: str
    group: str = ""
    down: bool = False


@dataclass(frozen=True, slots=True)
class Ticket:
    """A turn that was taken. `ended` is None while it is under way; `failed` says what went wrong. Times are
    seconds since the epoch."""

    turn: GuestTurn
    taken: float
    ended: float | None = None
    failed: str = ""


@dataclass(frozen=True, slots=True)
class Quota:
    """Of one group: how many may be down at once, and how many tickets there may be in all by now; None for
    any number."""

    down: int | None = None
    tickets: int | None = None


@dataclass(frozen=True, slots=True)
class Begun:
    """Of one group: how many tickets were taken, how many of these are under way, and when the last one was
    ended (seconds since the epoch, 0 for none)."""

    tickets: int = 0
    under_way: int = 0
    last: float = 0.0


class Tickets(Protocol):
    """The tickets of one fleet. Every method raises StateError when the state cannot be used; those that
    write raise LeaseLost as records do."""

    def tickets(self, rollout: str, addresses: Collection[Address] | None = None) -> Sequence[Ticket]:
        """All tickets of a roll-out, in the order in which they were taken; or those of these addresses, and
        all that failed. One whose taker died before it was ended is no more: somebody has to look at what
        became of it first."""

    def begun(self, rollout: str) -> Mapping[str, Begun]:
        """How far each group is; costs little however many tickets there are."""

    def take(
        self, rollout: str, wanted: Collection[GuestTurn], limits: Mapping[str, Quota]
    ) -> Collection[Address]:
        """Takes tickets for as many of these as the limits of their groups let, in their order, all at once;
        gives those that have one now. Who has one already takes it anew, whatever the limits."""

    def end_tickets(self, rollout: str, how: Mapping[GuestTurn, str]) -> None:
        """Ends the tickets of these turns, each with what went wrong ('' for nothing); who had none gets one
        that is ended."""

    def return_tickets(self, rollout: str, addresses: Collection[Address]) -> None:
        """Gives tickets back of those to whom nothing was done."""


KEPT = 90 * 86400.0
"""Seconds for which it is remembered how a former roll-out went."""


def ended(known: Iterable[Ticket], how: Mapping[GuestTurn, str], now: float) -> list[Ticket]:
    """The tickets of these turns, ended now, each with what went wrong; one that was never taken, too."""
    taken = {ticket.turn.address: ticket.taken for ticket in known}
    return [Ticket(turn, taken.get(turn.address, now), now, failed) for turn, failed in how.items()]


def granted(
    known: Sequence[Ticket], wanted: Collection[GuestTurn], limits: Mapping[str, Quota]
) -> list[GuestTurn]:
    """Those of the wanted turns that the limits let, beside all tickets that are known of the roll-out."""
    of = {ticket.turn.address: ticket for ticket in known}
    down = Counter(t.turn.group for t in known if t.ended is None and t.turn.down)
    total = Counter(ticket.turn.group for ticket in known)
    found = []
    for turn in wanted:
        before, limit = of.get(turn.address), limits.get(turn.group, Quota())
        under_way = before is not None and before.ended is None
        full = turn.down and limit.down is not None and down[turn.group] >= limit.down
        early = before is None and limit.tickets is not None and total[turn.group] >= limit.tickets
        if under_way or not (full or early):
            found.append(turn)
            down[turn.group] += turn.down and not under_way
            total[turn.group] += before is None
    return found
