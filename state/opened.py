"""An open state, as all that callers know of one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, Self

from state.claims import Claims
from state.commits import Commits
from state.decisions import Decisions
from state.fills import Fills
from state.journal import Journal
from state.leases import Leases
from state.outbox import Outbox
from state.records import Records
from state.standings import Standings
from state.tickets import Tickets


class OpenState(
    Records, Fills, Journal, Leases, Claims, Decisions, Commits, Standings, Outbox, Tickets, Protocol
):
    """The state of one fleet, open; may be shared by threads."""

    def under(self, claims: Mapping[str, int]) -> Self:
        """The same state for whoever works these hosts by these tokens (`Membership.beat` gave them): every
        write of a record, a fill, an action or standings is refused with LeaseLost, in its own transaction,
        unless all of the claims hold still, and the journal keeps the token of each action's host. What
        closes it closes the state. Where one process alone may write, the writer's lease is what holds, and
        the state itself is given."""

    def close(self) -> None:
        """Closes it; nothing else is called after that."""

    def sealing_key(self) -> bytes:
        """What secrets in documents are sealed with: the same in every process that may read this state."""

    def serial(self) -> tuple[str, int]:
        """The state's lineage, which no other state has, and how often it was written since it was made."""
