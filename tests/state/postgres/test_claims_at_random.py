"""Controllers join, freeze, wake, die, ask and act in any order, over a real database and a clock of our own.

A host is never two controllers', nothing is begun without the claim, and in the end every host has an owner,
and every owner its fair share.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from specs.identity import Address, Kind
from state import LeaseLost
from state.claims import FLEET
from state.postgres.holder import this_process
from state.postgres.membership import PostgresMembership
from state.postgres.opening import open_state
from state.postgres.state import PostgresState
from tests.support.postgres import empty_state

TTL = 6.0
HOSTS = (FLEET, "hv1", "hv2", "hv3", "hv4", "hv5", "hv6")
LONGEST = 4 * TTL
"""Within this every host is somebody's again: a silence of a time to live, and some beats."""

_FLEETS = itertools.count()
_INDEX = st.integers(0, 9)
_HOST = st.sampled_from(HOSTS)


@dataclass
class Member:
    """A controller, what it believes to have, what it works on, and whether it runs."""

    membership: PostgresMembership
    state: PostgresState
    tokens: dict[str, int] = field(default_factory=dict)
    busy: set[str] = field(default_factory=set)
    frozen: bool = False
    asked: bool = False


class Controllers(RuleBasedStateMachine):
    """The rules are what befalls controllers."""

    @initialize()
    def begin(self) -> None:
        self.now, self.names = 0.0, itertools.count()
        self.members: list[Member] = []
        self.newest: dict[str, int] = {}
        self.told: set[str] = set()
        self.url = _url()
        self.fleet = f"fleet{next(_FLEETS)}"
        self.state = open_state(self.url, fleet=self.fleet)
        assert isinstance(self.state, PostgresState)
        self.run_number = self.state.begin_run("run", "tree")

    def teardown(self) -> None:
        if hasattr(self, "members"):
            try:
                self.settles()
            finally:
                for member in self.members:
                    member.membership.leave()
                self.state.close()

    @precondition(lambda self: len(self.members) < 4)
    @rule()
    def join(self) -> None:
        assert isinstance(self.state, PostgresState)
        membership = PostgresMembership(
            self.state.database.place,
            self.fleet,
            self.state.controllers,
            this_process("run"),
            TTL,
            lambda: self.now,
        )
        membership.enter()
        self.members.append(Member(membership, self.state))

    @rule(beats=st.integers(1, 6))
    def time_passes(self, beats: int) -> None:
        for _ in range(beats):
            self.now += TTL / 5
            for member in [one for one in self.members if not one.frozen]:
                self.beat(member)

    @precondition(lambda self: self.members)
    @rule(index=_INDEX, seconds=st.floats(0.0, TTL / 5))
    def one_beats(self, index: int, seconds: float) -> None:
        self.now += seconds
        self.beat(self.one(index))

    @precondition(lambda self: self.members)
    @rule(index=_INDEX)
    def freeze_or_thaw(self, index: int) -> None:
        member = self.one(index)
        member.frozen = not member.frozen

    @precondition(lambda self: self.members)
    @rule(index=_INDEX, leaves=st.booleans())
    def end(self, index: int, leaves: bool) -> None:
        member = self.one(index)
        self.members.remove(member)
        if leaves and not member.frozen:
            member.membership.leave()
        else:
            member.membership._connection.close()
            member.membership._listener.close()

    @precondition(lambda self: self.members)
    @rule(index=_INDEX, host=_HOST)
    def ask(self, index: int, host: str) -> None:
        member = self.one(index)
        if not member.frozen:
            member.membership.ask([host])
            member.asked = True

    @precondition(lambda self: self.members)
    @rule(index=_INDEX, host=_HOST)
    def work(self, index: int, host: str) -> None:
        member = self.one(index)
        member.busy ^= {host} & member.tokens.keys()

    @precondition(lambda self: self.members)
    @rule(host=_HOST)
    def wake(self, host: str) -> None:
        self.state.wake([host])
        self.told.add(host)

    @precondition(lambda self: self.members)
    @rule(host=_HOST)
    def all_begin_something(self, host: str) -> None:
        """Whoever believes to have it, also one that has just woken, tries; at most one of them may."""
        begun = [member for member in self.members if self.begins(member, host)]
        assert len(begun) <= 1

    @invariant()
    def nobody_shares_a_host(self) -> None:
        able = [member for member in getattr(self, "members", ()) if self.may(member)]
        owned = [host for member in able for host in member.tokens]
        assert len(owned) == len(set(owned))

    def settles(self) -> None:
        """When nothing befalls them any more, every host has an owner, with a fair share."""
        for member in self.members:
            member.frozen, member.busy = False, set()
        end = self.now + LONGEST
        while self.now < end:
            self.time_passes(1)
        if self.members:
            owned = sorted(host for member in self.members for host in member.tokens)
            assert owned == sorted(HOSTS)
            shares = [len(member.tokens.keys() - {FLEET}) for member in self.members]
            assert max(shares) - min(shares) <= 1
            assert not self.told  # each was told to some owner

    def beat(self, member: Member) -> None:
        before = member.tokens
        try:
            member.tokens = dict(member.membership.beat(HOSTS, member.busy))
            self.told -= {*member.membership.woken()}
        except LeaseLost:
            member.membership.leave()
            self.members.remove(member)
            self.join()
            return
        for host in member.busy:
            assert member.tokens.get(host) == before[host]  # what is worked on is not given away
        for host, token in member.tokens.items():
            assert token == before.get(host) or token > self.newest.get(host, 0)
            self.newest[host] = max(token, self.newest.get(host, 0))

    def begins(self, member: Member, host: str) -> bool:
        if host not in member.tokens:
            return False
        token, name = member.tokens[host], next(self.names)
        under = PostgresState(self.state.database, self.fleet, {host: token}, member.membership)
        address = Address(Kind.DOMAIN, f"d{name}")
        try:
            under.begin_action(self.run_number, f"start {name}", str(address), "start", host)
        except LeaseLost:
            return False
        assert token == self.newest[host]
        return True

    def may(self, member: Member) -> bool:
        try:
            member.membership.require()
        except LeaseLost:
            return False
        return True

    def one(self, index: int) -> Member:
        return self.members[index % len(self.members)]


def _url() -> str:
    if not hasattr(_url, "kept"):
        _url.kept = empty_state()  # type: ignore[attr-defined]
    return str(_url.kept)  # type: ignore[attr-defined]


TestControllers = Controllers.TestCase
TestControllers.settings = settings(
    max_examples=8,
    stateful_step_count=35,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)
