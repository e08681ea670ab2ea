"""How everything stands: what a look found is what is read, page by page."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

import pytest

from specs.identity import Address, Kind
from state import OpenState, open_state
from state.outbox import Notice
from state.standings import Changed, Condition, Detail, HostStanding, Standing

WEB, DB = Address(Kind.DOMAIN, "web"), Address(Kind.DOMAIN, "db")
LAN = Address(Kind.NETWORK, "lan", "hv1")
FULL = Standing(
    WEB,
    "hv1",
    Condition.WAITING,
    1000.0,
    4600.5,
    "drifted",
    "restart",
    "waits for its window",
    "running",
    "stopped",
    "guests/web.yaml:3",
    (("app", "Shop"), ("tier", "front")),
)
DETAIL = Detail((Changed("memory", "2 GiB", "2 GiB", "1 GiB", "drifted", "live"),), "<declared/>", "<seen/>")
HOST = HostStanding(
    "hv1", "qemu:///system", 1000.0, 1001.0, 0.25, "slow", "c1", "observe", "libvirt 9.0.0", 7
)
NOTICE = Notice("failed", str(WEB), "web failed", 1000.0)


def stands(address: Address, condition: Condition = Condition.CONVERGED, host: str = "hv1") -> Standing:
    return Standing(address, host, condition, since=100.0)


def note(
    state: OpenState,
    *standings: Standing,
    host: str = "hv1",
    details: Mapping[Address, Detail] | None = None,
    present: Collection[str] | None = None,
) -> Mapping[str, str]:
    """One look at a host; what those whose condition changed were before."""
    former = state.note_standings(HostStanding(host, "qemu"), standings, details or {}, present)
    return {str(was.address): was.condition for was in former}


def shown(state: OpenState) -> Mapping[str, tuple[str, str]]:
    return {str(one.address): (one.condition, one.host) for one in state.standings()}


@pytest.fixture(params=["anybody", "the writer"])
def either(state: OpenState, request: pytest.FixtureRequest) -> Iterator[OpenState]:
    """A state that somebody writes to, with the writer's lease or without it."""
    if request.param == "anybody":
        yield state
    else:
        with state.writer("run"):
            yield state


def test_a_look_comes_back_as_it_was_written(state: OpenState, url: str) -> None:
    state.note_standings(HOST, [FULL, stands(DB)], {WEB: DETAIL}, ["web", "db", "stranger"])
    again = open_state(url, readonly=True)
    assert again.host_standings() == {"hv1": HOST}
    assert list(again.standings()) == [FULL, stands(DB)]
    assert again.standing(WEB) == (FULL, DETAIL)
    assert again.standing(DB) == (stands(DB), Detail())
    assert again.standing(LAN) is None
    again.close()


def test_what_changed_is_told_with_what_it_was(either: OpenState) -> None:
    assert note(either, stands(WEB), stands(DB, Condition.DRIFTED)) == {
        "Domain/web": Condition.CONVERGED,
        "Domain/db": Condition.CONVERGED,
    }
    assert note(either, stands(WEB), stands(DB, Condition.DRIFTED)) == {}
    assert note(either, stands(WEB, Condition.FAILED), stands(DB)) == {
        "Domain/web": Condition.CONVERGED,
        "Domain/db": Condition.DRIFTED,
    }


def test_since_is_when_it_came_to_its_condition(either: OpenState) -> None:
    note(either, stands(WEB, Condition.FAILED))
    note(either, replace(stands(WEB, Condition.FAILED), since=200.0, problem="no memory"))
    (standing,) = either.standings()
    assert (standing.since, standing.problem) == (100.0, "no memory")
    note(either, replace(stands(WEB), since=300.0))
    assert [standing.since for standing in either.standings()] == [300.0]


def test_a_look_takes_the_place_of_the_one_before(either: OpenState) -> None:
    changed = {WEB: DETAIL, DB: DETAIL}
    note(either, stands(WEB, Condition.DRIFTED), stands(DB, Condition.DRIFTED), details=changed)
    note(either, stands(WEB), stands(LAN), host="hv1")
    assert shown(either) == {"Domain/web": ("converged", "hv1"), "Network/lan@hv1": ("converged", "hv1")}
    assert either.standing(WEB) == (stands(WEB), Detail())
    assert either.standing(DB) is None
    note(either, stands(DB, Condition.DRIFTED))
    assert either.standing(DB) == (stands(DB, Condition.DRIFTED), Detail())


def test_a_detail_alone_is_news_as_well(either: OpenState) -> None:
    note(either, stands(WEB, Condition.DRIFTED), details={WEB: DETAIL})
    newer = replace(DETAIL, seen="<other/>")
    assert note(either, stands(WEB, Condition.DRIFTED), details={WEB: newer}) == {}
    assert either.standing(WEB) == (stands(WEB, Condition.DRIFTED), newer)


def test_what_moved_is_on_its_new_host(either: OpenState) -> None:
    note(either, stands(WEB), stands(DB), present=["web", "db"])
    assert note(either, stands(WEB, host="hv2"), host="hv2", present=["web"]) == {}
    assert shown(either) == {"Domain/db": ("converged", "hv1"), "Domain/web": ("converged", "hv2")}
    note(either, stands(DB), present=["db"])
    assert shown(either) == {"Domain/db": ("converged", "hv1"), "Domain/web": ("converged", "hv2")}
    assert dict(either.standing_counts()) == {
        ("hv1", "Domain", "converged", ""): 1,
        ("hv2", "Domain", "converged", ""): 1,
    }
    note(either, stands(WEB), stands(DB))
    assert shown(either) == {"Domain/db": ("converged", "hv1"), "Domain/web": ("converged", "hv1")}


def test_hosts_that_the_tree_no_longer_has_are_forgotten(either: OpenState) -> None:
    for host, address in (("hv1", WEB), ("hv2", DB)):
        note(either, stands(address, host=host), host=host, details={address: DETAIL}, present=[address.name])
    either.forget_hosts(["hv2", "hv3"])
    assert list(either.host_standings()) == ["hv2"]
    assert shown(either) == {"Domain/db": ("converged", "hv2")}
    assert dict(either.standing_counts()) == {("hv2", "Domain", "converged", ""): 1}
    assert either.holders(["web", "db"]) == {"db": ("hv2",)}
    assert note(either, stands(WEB), details={}) == {"Domain/web": Condition.CONVERGED}
    assert either.standing(WEB) == (stands(WEB), Detail())


def test_who_is_there_is_kept_while_nobody_can_look(either: OpenState) -> None:
    note(either, present=["web", "stranger"])
    note(either, host="hv2", present=["web"])
    note(either, present=None)
    assert either.holders(["web", "stranger", "nobody"]) == {"web": ("hv1", "hv2"), "stranger": ("hv1",)}
    note(either, present=[])
    assert either.holders(["web", "stranger"]) == {"web": ("hv2",)}


def test_a_look_that_finds_nothing_new_writes_the_host_alone(either: OpenState) -> None:
    standings = [stands(WEB, Condition.DRIFTED), stands(DB)]
    for looked in (1.0, 2.0):
        host = HostStanding("hv1", "qemu", looked)
        given = [replace(standing, since=looked) for standing in standings]
        either.note_standings(host, given, {WEB: DETAIL}, ["web"])
        assert either.host_standings() == {"hv1": host}
    assert [standing.since for standing in either.standings()] == [1.0, 1.0]


def test_another_writer_in_between_is_not_overlooked(url: str) -> None:
    first, second = open_state(url), open_state(url)
    with first.writer("run"):
        note(first, stands(WEB))
    with second.writer("run"):
        note(second, stands(WEB, Condition.FAILED))
    with first.writer("run"):
        assert note(first, stands(WEB)) == {"Domain/web": Condition.FAILED}
        assert shown(first) == {"Domain/web": ("converged", "hv1")}
    first.close()
    second.close()


def test_notices_are_posted_with_what_they_are_about(state: OpenState) -> None:
    state.receivers(["chat"])
    state.note_standings(HostStanding("hv1", "qemu"), [stands(WEB)], {}, None, [NOTICE])
    assert [letter.notice for letter in state.letters(2000.0, 60)] == [NOTICE]


def test_all_of_a_look_is_written_or_nothing(either: OpenState) -> None:
    either.receivers(["chat"])
    note(either, stands(DB), present=["db"])
    broken = replace(NOTICE, text=None)  # type: ignore[arg-type]
    for _ in range(2):
        with pytest.raises(Exception, match=r"."):
            either.note_standings(
                HostStanding("hv1", "other"), [stands(WEB)], {WEB: DETAIL}, ["web"], [broken]
            )
        assert shown(either) == {"Domain/db": ("converged", "hv1")}
        assert either.host_standings()["hv1"].uri == "qemu"
        assert either.holders(["web", "db"]) == {"db": ("hv1",)}
        assert either.letters(2000.0, 60) == []
    assert note(either, stands(WEB)) == {"Domain/web": Condition.CONVERGED}


# what is asked


@pytest.fixture
def many(state: OpenState) -> OpenState:
    conditions = list(Condition)
    for host in range(3):
        name = f"hv{host}"
        standings = [
            Standing(
                Address(Kind.DOMAIN, f"g{host}{number:02}"),
                name,
                conditions[number],
                cause="drifted" if number == 3 else "",
                labels=(("app", f"App{number % 2}"),),
            )
            for number in range(len(conditions))
        ]
        lan = Standing(Address(Kind.NETWORK, "lan", name), name, Condition.CONVERGED)
        note(state, *standings, lan, host=name)
    return state


def names(standings: Collection[Standing]) -> list[str]:
    return [standing.address.name for standing in standings]


def test_the_worst_come_first_page_by_page(many: OpenState) -> None:
    assert names(many.standings(limit=4)) == ["g000", "g100", "g200", "g001"]
    whole = names(many.standings(limit=1000))
    assert len(whole) == 36
    assert names(many.standings(limit=5, offset=7)) == whole[7:12]
    assert names(many.standings(offset=36)) == []


def test_a_page_is_of_what_is_asked_for(many: OpenState) -> None:
    worst = [Condition.CHANGE, Condition.FAILED]
    assert names(many.standings(conditions=worst)) == ["g000", "g100", "g200", "g005", "g105", "g205"]
    assert names(many.standings(conditions=worst, hosts=["hv2"])) == ["g200", "g205"]
    assert names(many.standings(hosts=["hv0", "hv2"], limit=3)) == ["g000", "g200", "g001"]
    assert names(many.standings(kind="Network")) == ["lan", "lan", "lan"]
    assert names(many.standings(kind="Network", hosts=["hv1"])) == ["lan"]
    assert names(many.standings(hosts=["nowhere"])) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [("G10", 10), ("lan@HV1", 1), ("app=app1", 15), ("App1", 15), ("network/", 3), ("%", 0), ("_", 0)],
)
def test_a_text_is_looked_for_in_addresses_and_labels(many: OpenState, text: str, found: int) -> None:
    assert len(many.standings(text=text, limit=1000)) == found
    assert sum(many.standing_counts(text).values()) == found


def test_they_are_counted(many: OpenState) -> None:
    counts = many.standing_counts()
    assert sum(counts.values()) == 36
    assert counts["hv1", "Domain", "drifted", "drifted"] == 1
    assert counts["hv1", "Network", "converged", ""] == 1
    assert dict(many.standing_counts("g103")) == {("hv1", "Domain", "drifted", "drifted"): 1}


def test_the_map_has_every_domain(many: OpenState) -> None:
    whole = [tuple(cell) for cell in many.standings_map()]
    assert len(whole) == 33
    assert whole == sorted(whole)
    assert whole[0] == ("hv0", "Domain/g000", "failed")


def test_each_fleet_has_its_own(state: OpenState, url: str) -> None:
    other = open_state(url, fleet="other")
    note(state, stands(WEB), present=["web"])
    note(other, stands(WEB, Condition.FAILED), present=["web"])
    assert shown(state) == {"Domain/web": ("converged", "hv1")}
    assert other.standing_counts() == {("hv1", "Domain", "failed", ""): 1}
    other.forget_hosts([])
    assert not other.standings()
    assert not other.holders(["web"])
    assert state.holders(["web"]) == {"web": ("hv1",)}
    other.close()
