"""Proposals make the measure better, or propose nothing."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given

from reconciler.place import Guest, HostState
from reconciler.place.rebalance import rebalance
from reconciler.place.score import score
from tests.reconciler.place.test_place import fleets


@given(fleets())
def test_a_proposal_is_never_worse_and_breaks_nothing(fleet: tuple[list[HostState], list[Guest]]) -> None:
    hosts, guests = fleet
    proposal = rebalance(hosts, guests)
    assert proposal.after.total <= proposal.before.total
    where = {g.name: g.current for g in guests if g.current}
    for move in proposal.moves:
        assert where[move.guest] == move.origin
        where[move.guest] = move.destination
    assert score(hosts, guests, where) == proposal.after
    by_name = {g.name: g for g in guests}
    for move in proposal.moves:
        assert move.destination in by_name[move.guest].allowed
        assert not by_name[move.guest].pinned


def test_a_full_host_is_relieved_and_an_even_fleet_left_alone() -> None:
    hosts = [HostState(name, cpus=8, memory_kib=8) for name in "ab"]
    allowed = frozenset("ab")
    guests = [Guest(f"g{n}", 1, 1, current="a", allowed=allowed) for n in range(6)]
    proposal = rebalance(hosts, guests)
    assert len(proposal.moves) == 3
    assert proposal.after.total == 0
    even = [replace(g, current="ab"[n % 2]) for n, g in enumerate(guests)]
    assert rebalance(hosts, even).moves == ()
