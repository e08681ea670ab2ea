"""Placement's promises, by name."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.place import Assignment, Guest, HostState, place

GIB = 1 << 20
HOSTS = ("a", "b", "c", "d")


@st.composite
def fleets(draw: st.DrawFn) -> tuple[list[HostState], list[Guest]]:
    """Small fleets of every kind: tight and loose, drained, with guests that must not meet."""
    hosts = [
        HostState(
            name,
            cpus=draw(st.integers(2, 8)),
            memory_kib=draw(st.integers(2, 12)),
            labels={"rack": draw(st.sampled_from("xy"))},
            accepts=(holds := draw(st.booleans())) and draw(st.booleans()),
            holds=holds,
        )
        for name in HOSTS
    ]
    guests = [
        Guest(
            f"g{number}",
            cpus=draw(st.integers(1, 3)),
            memory_kib=draw(st.integers(1, 5)),
            current=draw(st.sampled_from(("", *HOSTS))),
            allowed=frozenset(draw(st.sets(st.sampled_from(HOSTS), min_size=1))),
            pinned=draw(st.sampled_from(("", "", "", *HOSTS))),
            spread=draw(st.sampled_from(("", "rack"))),
            priority=draw(st.integers(0, 2)),
            running=draw(st.booleans()),
        )
        for number in range(draw(st.integers(0, 7)))
    ]
    enemies = draw(st.sets(st.sampled_from([g.name for g in guests]))) if guests else set()
    return hosts, [
        replace(g, apart=frozenset(enemies - {g.name}) if g.name in enemies else frozenset()) for g in guests
    ]


def stayed(placed: Assignment, guest: Guest) -> bool:
    return bool(guest.current) and placed.hosts.get(guest.name) == guest.current


@given(fleets())
def test_capacity_is_never_exceeded_by_a_guest_that_comes(fleet: tuple[list[HostState], list[Guest]]) -> None:
    hosts, guests = fleet
    placed = place(hosts, guests)
    for host in hosts:
        there = [g for g in guests if placed.hosts.get(g.name) == host.name]
        # A file that names a host is believed: somebody has said so.
        if any(g.pinned == host.name for g in there) or all(stayed(placed, g) for g in there):
            continue
        assert sum(g.cpus for g in there) <= host.cpus
        assert sum(g.memory_kib for g in there) <= host.memory_kib


@given(fleets())
def test_nobody_comes_to_one_that_it_must_not_be_with(fleet: tuple[list[HostState], list[Guest]]) -> None:
    hosts, guests = fleet
    placed = place(hosts, guests)
    for one, other in product(guests, guests):
        together = placed.hosts.get(one.name) is not None and placed.hosts.get(one.name) == placed.hosts.get(
            other.name
        )
        if together and other.name in one.apart:
            assert stayed(placed, one)
            assert stayed(placed, other)


@given(fleets())
def test_guests_come_only_to_hosts_that_are_allowed_and_accept(
    fleet: tuple[list[HostState], list[Guest]],
) -> None:
    hosts, guests = fleet
    placed = place(hosts, guests)
    accepting = {host.name for host in hosts if host.accepts}
    for guest in guests:
        host = placed.hosts.get(guest.name)
        if host and not stayed(placed, guest):
            assert host in accepting
            assert host in guest.allowed or host == guest.pinned


@given(fleets(), st.randoms(use_true_random=False))
def test_the_order_of_the_files_changes_nothing(
    fleet: tuple[list[HostState], list[Guest]], shuffle: random.Random
) -> None:
    hosts, guests = fleet
    placed = place(hosts, guests)
    shuffle.shuffle(hosts)
    shuffle.shuffle(guests)
    again = place(hosts, guests)
    assert placed.hosts == again.hosts
    assert set(placed.moves) == set(again.moves)


@given(fleets())
def test_placing_twice_moves_nobody(fleet: tuple[list[HostState], list[Guest]]) -> None:
    hosts, guests = fleet
    placed = place(hosts, guests)
    settled = [replace(g, current=placed.hosts.get(g.name, "")) for g in guests]
    again = place(hosts, settled)
    # Who had no room may get it once others have left; nobody else moves.
    waiting = placed.unplaced.keys()
    assert {move.guest for move in again.moves} <= waiting
    at_rest = placed.hosts.keys() - waiting
    assert {g: again.hosts[g] for g in at_rest} == {g: placed.hosts[g] for g in at_rest}


@given(fleets())
def test_everybody_is_placed_or_told_why_not(fleet: tuple[list[HostState], list[Guest]]) -> None:
    hosts, guests = fleet
    placed = place(hosts, guests)
    for guest in guests:
        assert guest.name in placed.hosts or placed.unplaced[guest.name]


def least_moves(hosts: list[HostState], guests: list[Guest]) -> int | None:
    """By trying everything: the fewest moves that leave nobody on a drained host."""
    best = None
    for homes in product([h.name for h in hosts], repeat=len(guests)):
        moves = sum(home != g.current for home, g in zip(homes, guests, strict=True))
        if best is not None and moves >= best:
            continue
        if all(
            _fits(host, [g for home, g in zip(homes, guests, strict=True) if home == host.name])
            for host in hosts
        ):
            best = moves
    return best


def _fits(host: HostState, guests: list[Guest]) -> bool:
    if not host.holds:
        return not guests
    return sum(g.memory_kib for g in guests) <= host.memory_kib and sum(g.cpus for g in guests) <= host.cpus


def test_a_drain_takes_hardly_more_moves_than_the_least_possible() -> None:
    """Over many small and tight fleets, each beside the optimum found by trying everything."""
    dice, ours, least, stuck = random.Random(5), 0, 0, 0
    while least < 120:
        hosts = [HostState(n, cpus=100, memory_kib=dice.randint(6, 12)) for n in "abc"]
        guests: list[Guest] = []
        for number in range(dice.randint(3, 7)):
            host = dice.choice(hosts)
            size = dice.randint(1, 4)
            there = sum(g.memory_kib for g in guests if g.current == host.name)
            if there + size <= host.memory_kib:
                guests.append(Guest(f"g{number}", 1, size, host.name, allowed=frozenset("abc")))
        hosts[0] = replace(hosts[0], accepts=False, holds=False)
        best = least_moves(hosts, guests)
        if not best:
            continue
        placed = place(hosts, guests)
        if placed.unplaced:
            stuck += 1
            continue
        ours, least = ours + len(placed.moves), least + best
    assert ours <= least * 1.05
    assert stuck <= 2


@settings(max_examples=30)
@given(st.integers(2, 6), st.integers(1, 12))
def test_equals_are_spread_evenly(racks: int, number: int) -> None:
    hosts = [HostState(f"h{i}", labels={"rack": str(i % racks)}) for i in range(racks * 2)]
    allowed = frozenset(h.name for h in hosts)
    guests = [Guest(f"g{i}", 1, 1, allowed=allowed, spread="rack", group="web") for i in range(number)]
    placed = place(hosts, guests)
    labels = {h.name: h.labels["rack"] for h in hosts}
    found = [sum(labels[h] == str(rack) for h in placed.hosts.values()) for rack in range(racks)]
    assert max(found) - min(found) <= 1


def test_those_that_belong_together_share_a_host() -> None:
    hosts = [HostState(n, memory_kib=16) for n in "abc"]
    allowed = frozenset("abc")
    guests = [
        Guest("db", 1, 4, allowed=allowed, near=frozenset({"web"})),
        Guest("web", 1, 1, allowed=allowed, near=frozenset({"db"})),
        Guest("other", 1, 3, allowed=allowed),
    ]
    placed = place(hosts, guests)
    assert placed.hosts["db"] == placed.hosts["web"] != placed.hosts["other"]


def test_a_pinned_guest_leaves_a_drained_host_and_returns() -> None:
    guest = Guest("db", 1, 1, current="a", pinned="a", allowed=frozenset("ab"), running=True)
    drained = place([HostState("a", accepts=False, holds=False), HostState("b")], [guest])
    assert [(m.guest, m.origin, m.destination, m.why) for m in drained.moves] == [
        ("db", "a", "b", "a is in maintenance")
    ]
    back = place([HostState("a"), HostState("b")], [replace(guest, current="b")])
    assert [(m.destination, m.why) for m in back.moves] == [("a", "returns to the host that its file names")]


def test_higher_priority_gets_the_last_room() -> None:
    guests = [Guest(n, 1, 4, allowed=frozenset("a"), priority=p) for n, p in (("low", 0), ("high", 9))]
    placed = place([HostState("a", memory_kib=4)], guests)
    assert placed.hosts == {"high": "a"}


def test_room_in_pieces_is_joined_by_moving_the_least() -> None:
    hosts = [
        HostState("a", memory_kib=8, accepts=False, holds=False),
        HostState("b", memory_kib=8),
        HostState("c", memory_kib=8),
    ]
    allowed = frozenset("abc")
    guests = [
        Guest("large", 1, 6, current="a", allowed=allowed, running=True),
        Guest("b1", 1, 4, current="b", allowed=allowed, running=True),
        Guest("c1", 1, 3, current="c", allowed=allowed),
        Guest("c2", 1, 1, current="c", allowed=allowed, running=True),
    ]
    placed = place(hosts, guests)
    assert placed.unplaced == {}
    assert {(m.guest, m.destination, m.why) for m in placed.moves} == {
        ("c1", "b", "makes room for large"),
        ("large", "c", "a is in maintenance"),
    }


@pytest.mark.parametrize(
    ("host", "guest", "said"),
    [
        (
            HostState("a", memory_kib=5 * GIB),
            Guest("g", 1, 8 * GIB),
            "needs 8 GiB of memory; the most that is free",
        ),
        (HostState("a", cpus=2), Guest("g", 4, 1), "needs 4 CPUs; the most that are free"),
        (HostState("a", accepts=False), Guest("g", 1, 1), "no host that it may be on takes guests now (a)"),
    ],
)
def test_what_is_missing_is_named(host: HostState, guest: Guest, said: str) -> None:
    placed = place([host], [replace(guest, allowed=frozenset("a"))])
    assert said in placed.unplaced["g"]


def test_a_guest_that_cannot_leave_stays_and_says_so() -> None:
    hosts = [HostState("a", accepts=False, holds=False), HostState("b", memory_kib=1)]
    placed = place(hosts, [Guest("g", 1, 2, current="a", allowed=frozenset("ab"), running=True)])
    assert placed.hosts == {"g": "a"}
    assert placed.moves == ()
    assert "needs" in placed.unplaced["g"]
