"""Takeovers: what dead controllers had counts, and nothing that the living let go of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from reconciler.controller.takeovers import Takeovers
from reconciler.counting import Counters
from state.claims import FLEET, Controller, Membership


class Fleet:
    """As much of a membership as is asked."""

    def __init__(self) -> None:
        self.living: list[Controller] = []
        self.asked = 0

    def controllers(self) -> Sequence[Controller]:
        self.asked += 1
        return self.living


def controller(name: str, *hosts: str) -> Controller:
    return Controller(name, "m", 1, 0.0, hosts)


def test_what_a_dead_controller_had_is_counted_as_it_comes() -> None:
    fleet, counters = Fleet(), Counters()
    takeovers = Takeovers(counters)

    def beat(before: str, now: str) -> int:
        takeovers.beat(cast(Membership, fleet), before.split(), now.split())
        return counters.takeovers

    fleet.living = [controller("us", "a", "b"), controller("other", "c", "d", "e")]
    assert beat("", f"a b {FLEET}") == 0
    fleet.living = [controller("us", "a", "b", "c")]
    assert beat("a b", "a b c") == 1
    assert beat("a b c", "a b c d e") == 3
    assert beat("a b c d e", f"a b c d e {FLEET}") == 3


def test_what_the_living_let_go_of_is_none() -> None:
    fleet, counters = Fleet(), Counters()
    takeovers = Takeovers(counters)
    fleet.living = [controller("us", "a"), controller("other", "b", "c")]
    takeovers.beat(cast(Membership, fleet), [], ["a"])
    fleet.living = [controller("us", "a", "b"), controller("other", "c")]
    takeovers.beat(cast(Membership, fleet), ["a"], ["a", "b"])
    assert counters.takeovers == 0


def test_a_quiet_fleet_is_hardly_asked() -> None:
    fleet = Fleet()
    takeovers = Takeovers(Counters())
    for _ in range(80):
        takeovers.beat(cast(Membership, fleet), ["a"], ["a"])
    assert fleet.asked == 10
