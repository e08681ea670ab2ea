"""Tickets of a roll-out: no more at once than there may be, and nobody's for ever."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from specs.identity import Address, Kind
from state import OpenState, open_state
from state.tickets import GuestTurn, Quota, Ticket

ROLLOUT = "c0ffee"


def turn(name: str, *, group: str = "", down: bool = True, host: str = "hv1") -> GuestTurn:
    return GuestTurn(Address(Kind.DOMAIN, name), host, group, down)


WEB, DB, LOG = turn("web"), turn("db"), turn("log")
TWO = {"": Quota(down=2)}


def taken(state: OpenState, *turns: GuestTurn, limits: dict[str, Quota] = TWO) -> list[str]:
    return sorted(address.name for address in state.take(ROLLOUT, turns, limits))


def names(tickets: list[Ticket]) -> list[str]:
    return [ticket.turn.address.name for ticket in tickets]


def test_no_more_are_down_than_may_be(state: OpenState) -> None:
    assert taken(state, WEB, DB, LOG) == ["db", "web"]
    assert taken(state, LOG) == []
    state.end_tickets(ROLLOUT, {WEB: ""})
    assert taken(state, LOG) == ["log"]


def test_who_has_a_ticket_has_it_still(state: OpenState) -> None:
    assert taken(state, WEB, DB) == taken(state, WEB, DB) == ["db", "web"]
    assert sorted(names(list(state.tickets(ROLLOUT)))) == ["db", "web"]


def test_who_is_not_down_for_it_is_not_counted_among_those(state: OpenState) -> None:
    others = [turn(f"live{n}", down=False) for n in range(3)]
    assert len(taken(state, WEB, *others, DB)) == 5


def test_groups_are_counted_apart(state: OpenState) -> None:
    limits = {"a": Quota(down=1), "b": Quota(down=1)}
    turns = [turn(f"{group}{n}", group=group) for group in "ab" for n in range(2)]
    assert taken(state, *turns, limits=limits) == ["a0", "b0"]


def test_there_are_no_more_tickets_in_all_than_there_may_be_by_now(state: OpenState) -> None:
    limits = {"": Quota(tickets=2)}
    assert taken(state, WEB, DB, LOG, limits=limits) == ["db", "web"]
    state.end_tickets(ROLLOUT, {WEB: "it did not start", DB: ""})
    assert taken(state, LOG, limits=limits) == []
    assert taken(state, WEB, LOG, limits=limits) == ["web"]
    assert taken(state, LOG, limits={"": Quota(tickets=4)}) == ["log"]


def test_what_became_of_each_is_remembered(state: OpenState) -> None:
    taken(state, WEB, DB)
    state.end_tickets(ROLLOUT, {WEB: "", DB: "it did not start", LOG: ""})
    found = {ticket.turn: ticket for ticket in state.tickets(ROLLOUT)}
    assert {turn: ticket.failed for turn, ticket in found.items()} == {
        WEB: "",
        DB: "it did not start",
        LOG: "",
    }
    assert all(ticket.ended is not None and ticket.ended >= ticket.taken for ticket in found.values())


def test_a_ticket_to_whose_guest_nothing_was_done_is_given_back(state: OpenState) -> None:
    taken(state, WEB, DB)
    state.end_tickets(ROLLOUT, {DB: ""})
    state.return_tickets(ROLLOUT, [WEB.address, DB.address])
    assert names(list(state.tickets(ROLLOUT))) == ["db"]


def test_another_roll_out_begins_anew(state: OpenState) -> None:
    taken(state, WEB, DB)
    assert state.tickets("another") == []
    assert len(state.take("another", [WEB, DB], TWO)) == 2


def test_they_are_taken_one_after_the_other(state: OpenState) -> None:
    turns = [turn(f"g{n}") for n in range(16)]
    with ThreadPoolExecutor(8) as pool:
        found = [list(names) for names in pool.map(lambda one: taken(state, one), turns)]
    assert sum(map(len, found)) == 2


def test_what_a_dead_writer_held_is_free(url: str) -> None:
    first = open_state(url)
    with first.writer("apply"):
        assert taken(first, WEB) == ["web"]
    first.close()
    second = open_state(url)
    with second.writer("apply"):
        assert second.tickets(ROLLOUT) == []
    second.close()


def test_what_a_controller_held_goes_with_its_claim(url: str) -> None:
    first, second = open_state(url), open_state(url)
    with first.join("run") as member:
        claims = member.beat(["hv1"])
        assert taken(first.under(claims), WEB) == ["web"]
        assert names(list(first.tickets(ROLLOUT))) == ["web"]
        member.give_back(["hv1"])
    with second.join("run") as member:
        claims = member.beat(["hv1"])
        assert second.tickets(ROLLOUT) == []
        assert taken(second.under(claims), WEB, DB, LOG) == ["db", "web"]
    first.close()
    second.close()


@pytest.mark.parametrize("failed", ["", "it did not start"])
def test_what_was_ended_stays_when_its_writer_is_gone(url: str, failed: str) -> None:
    state = open_state(url)
    with state.writer("apply"):
        state.end_tickets(ROLLOUT, {WEB: failed})
    with state.writer("apply"):
        assert [ticket.failed for ticket in state.tickets(ROLLOUT)] == [failed]
    state.close()


def test_some_are_asked_for_and_those_that_failed(state: OpenState) -> None:
    taken(state, WEB, DB, LOG, limits={})
    state.end_tickets(ROLLOUT, {LOG: "it did not start"})
    assert sorted(names(list(state.tickets(ROLLOUT, [WEB.address])))) == ["log", "web"]
    assert names(list(state.tickets(ROLLOUT, []))) == ["log"]


def test_how_far_each_group_is(state: OpenState) -> None:
    assert state.begun(ROLLOUT) == {}
    taken(state, WEB, DB, turn("other", group="b"), limits={})
    state.end_tickets(ROLLOUT, {WEB: ""})
    found = state.begun(ROLLOUT)
    assert {group: (one.tickets, one.under_way) for group, one in found.items()} == {"": (2, 1), "b": (1, 1)}
    assert found[""].last > 0
    assert found["b"].last == 0
