"""Hosts that came to this controller because another no longer lives."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from reconciler.counting import Counters
from state.claims import FLEET, Controller, Membership

_EVERY = 8
"""Beats after which it is asked anew what others have: what they had last is enough to know who it was."""


class Takeovers:
    """Counts them. What others let go of while they live (a fair share, a move) is none."""

    def __init__(self, counters: Counters) -> None:
        self._counters = counters
        self._beats = 0
        self._known: Sequence[Controller] = ()
        self._left: set[str] = set()
        """Hosts of dead controllers that nobody was seen to have since."""

    def beat(self, membership: Membership, before: Collection[str], now: Collection[str]) -> None:
        """After each beat: what was this controller's before it, and what is."""
        gained = {*now} - {*before} - {FLEET}
        self._beats += 1
        if not gained and self._beats % _EVERY:
            return
        living = membership.controllers()
        ids = {one.id for one in living}
        self._left |= {host for one in self._known if one.id not in ids for host in one.hosts}
        self._counters.taken_over(len(gained & self._left))
        self._left -= {host for one in living for host in one.hosts} | gained
        self._known = living
