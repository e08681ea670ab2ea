"""What a controller does at a beat, as values."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from state.claims import FLEET
from state.postgres.shares import Claimed, Situation, share_of, turn_of

MEMBERS = st.sets(st.sampled_from("abcdefg"), min_size=1)
HOSTS = tuple(f"hv{number}" for number in range(1, 8))


def seen(mine: dict[str, Claimed], *, members: str = "ab", **values: tuple[str, ...]) -> Situation:
    return Situation("a", members, values.pop("hosts", HOSTS), mine, **values)


@given(MEMBERS, st.integers(0, 5000))
def test_shares_are_fair_and_nothing_is_left_over(members: set[str], hosts: int) -> None:
    shares = [share_of(member, members, hosts) for member in members]
    assert sum(shares) == hosts
    assert max(shares) - min(shares) <= 1


def test_whoever_is_alone_takes_all() -> None:
    assert turn_of(seen({}, members="a")).take == len(HOSTS)


def test_what_is_over_the_share_goes_and_what_is_under_it_is_taken() -> None:
    turn = turn_of(seen({host: Claimed() for host in HOSTS}))
    assert (turn.drop, turn.take) == (("hv5", "hv6", "hv7"), 0)
    assert turn_of(seen({"hv1": Claimed()})).take == 3
    assert turn_of(seen({host: Claimed() for host in HOSTS[:4]})).drop == ()


def test_who_is_busy_stays() -> None:
    turn = turn_of(seen({host: Claimed() for host in HOSTS}, busy=("hv5", "hv6", "hv7")))
    assert turn.drop == ("hv2", "hv3", "hv4")
    turn = turn_of(seen({host: Claimed("b") for host in HOSTS}, busy=HOSTS))
    assert (turn.give, turn.drop) == ({}, ())


def test_the_fleets_own_claim_is_no_part_of_a_share() -> None:
    hosts = (FLEET, "hv1", "hv2")
    turn = turn_of(seen({host: Claimed() for host in hosts}, hosts=hosts))
    assert (turn.drop, turn.take) == (("hv2",), 0)
    turn = turn_of(seen({FLEET: Claimed(), "hv1": Claimed()}, members="abc", hosts=hosts))
    assert (turn.drop, turn.take) == ((), 0)


def test_what_the_tree_has_no_longer_goes() -> None:
    turn = turn_of(seen({"old": Claimed(), "gone": Claimed()}, hosts=("hv1",), busy=("old",)))
    assert turn.drop == ("gone",)


def test_it_is_given_to_who_asks() -> None:
    turn = turn_of(seen({"hv1": Claimed("b"), "hv2": Claimed("dead"), "hv3": Claimed("a")}))
    assert (turn.give, turn.drop, turn.take) == ({"hv1": "b"}, (), 2)


def test_what_just_came_for_the_asking_is_not_passed_on() -> None:
    turn = turn_of(seen({host: Claimed("b", fresh=True) for host in HOSTS}))
    assert (turn.give, turn.drop) == ({}, ())


def test_what_is_used_together_with_what_just_came_stays() -> None:
    turn = turn_of(seen({"hv1": Claimed("b"), "hv2": Claimed("c"), "hv3": Claimed(fresh=True)}))
    assert (turn.give, turn.drop) == ({}, ())


def test_two_who_ask_for_what_the_other_has_do_not_wait_for_each_other() -> None:
    """Both move something between hv1 and hv2: whoever has the first of them gets the second one."""
    first = turn_of(Situation("a", "ab", ("hv1", "hv2"), {"hv1": Claimed("b")}, asking=("hv2",)))
    second = turn_of(Situation("b", "ab", ("hv1", "hv2"), {"hv2": Claimed("a")}, asking=("hv1",)))
    assert (first.give, second.give) == ({}, {"hv2": "a"})
