"""Tickets as rows of a database, and back: a row that does not hold what we write is damage, and is told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from state.rows import Damaged, address_of, as_end, as_number, as_text, as_time
from state.tickets import Begun, GuestTurn, Ticket

COLUMNS = "address, host, grp, down, taken, ended, failed"


def ticket_of(row: Sequence[Any]) -> Ticket:
    """A ticket from its columns."""
    address, host, group, down, taken, ended, failed = row
    if down not in (0, 1):
        raise Damaged(f"{down!r:.100} is neither yes nor no")
    turn = GuestTurn(address_of(address), as_text(host), as_text(group), bool(down))
    return Ticket(turn, as_time(taken), as_end(ended), as_text(failed))


def begun_of(row: Sequence[Any]) -> tuple[str, Begun]:
    """A group and how far it is, from its name, the number of its tickets, of those under way, and the end of
    the last one."""
    group, number, under_way, last = row
    return as_text(group), Begun(int(as_number(number)), int(as_number(under_way)), as_end(last) or 0.0)


def values_of(ticket: Ticket) -> tuple[object, ...]:
    """The columns of a ticket."""
    turn = ticket.turn
    return (
        str(turn.address), turn.host, turn.group, int(turn.down), ticket.taken, ticket.ended, ticket.failed
    )  # fmt: skip
