"""The fleet page: what is wrong first, unseen is never well, and filters show what they count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from reconciler.server.pages.badges import BADGES, UNSEEN
from reconciler.server.pages.cut import ROWS, Cut
from reconciler.server.pages.vigil import natural
from reconciler.server.tokens import Role
from state.commits import CommitNote, CommitStatus
from state.outbox import Notice
from state.standings import Condition, HostStanding
from tests.reconciler.server.pages.conftest import SMALL, Site
from tests.reconciler.server.pages.fleet import HOSTILE, LATE, NOW, WOULD, guest, host_name
from tests.reconciler.server.pages.page import Shown

Look = Callable[[str], str]
HOSTS, GUESTS = SMALL
SEEN = HOSTS - 2
WORDS = [badge.word for badge in BADGES.values()]


def expected() -> Counter[str]:
    """Badge's word → how many, by the sample itself."""
    count: Counter[str] = Counter()
    for host in range(HOSTS):
        for number in range(GUESTS):
            condition = guest(host, number).condition
            count[BADGES[condition if host < SEEN else UNSEEN].word] += 1
        count[BADGES[Condition.CONVERGED if host < SEEN else UNSEEN].word] += 1
    return count


def walk(look: Look, query: str = "") -> list[list[str]]:
    """The rows of all pages."""
    rows: list[list[str]] = []
    path = f"/?{query}"
    while path:
        page = Shown(look(path))
        rows += page.rows("fleet")
        path = next(iter(page.find("//a[@rel='next']/@href")), "")
    return rows


def badge(row: list[str]) -> str:
    return row[0].partition(" ")[2].partition(" was ")[0]


def test_counts_are_of_all_and_what_nobody_looked_at_is_in_none_but_its_own(look: Look) -> None:
    assert {word: n for word, n in Shown(look("/")).chips().items() if n} == dict(expected())


def test_all_pages_together_are_all_rows_once_and_the_worst_is_first(look: Look) -> None:
    rows = walk(look)
    assert len({row[1] for row in rows}) == len(rows) == HOSTS * (GUESTS + 1)
    order = [WORDS.index(badge(row)) for row in rows]
    assert order == sorted(order)
    assert len(Shown(look("/")).rows("fleet")) == ROWS


@pytest.mark.parametrize(
    "query",
    ["show=failed", "show=failed&show=not-looked-at", "show=converged", "q=DB-0", "q=app%3Dbank&kind=Domain",
     "host=hv01", f"host={host_name(HOSTS - 1)}", "kind=Network", "q=nothing-like-it"],
)  # fmt: skip
def test_a_filter_shows_as_many_rows_as_it_counts(look: Look, query: str) -> None:
    page = Shown(look(f"/?{query}"))
    shown = [key.partition("=")[2] for key in query.split("&") if key.startswith("show=")]
    counted = {word: n for word, n in page.chips().items() if n}
    wanted = {
        word: n for word, n in counted.items() if not shown or word in {BADGES[key].word for key in shown}
    }
    assert Counter(map(badge, walk(look, query))) == wanted


def test_a_search_is_of_names_and_labels_whatever_their_case(look: Look) -> None:
    assert all("db-0" in row[1] for row in walk(look, "q=DB-0"))
    assert len(walk(look, "q=app%3Dshop&kind=Domain")) == HOSTS * GUESTS // 2


def test_nothing_of_a_host_that_was_not_looked_at_is_shown_as_well(look: Look) -> None:
    rows = walk(look, f"host={host_name(HOSTS - 1)}")
    assert {badge(row) for row in rows} == {"not looked at"}
    assert any("was as declared" in row[0] for row in rows)


def test_the_address_of_a_chip_puts_its_filter_on_and_off(look: Look) -> None:
    page = Shown(look("/?q=db&show=failed&page=1"))
    [on] = page.find("//a[@aria-current='true'][contains(@class, 'chip')]")
    assert on.get("href") == "/?q=db"
    assert "/?q=db&show=failed&show=drifted" in page.find("//nav[@class='chips']/a/@href")


@pytest.mark.parametrize("page", ["0", "-1", "x", "1e3", "99999999", "٣", ""])
def test_a_page_that_is_none_is_one_that_is(look: Look, page: str) -> None:
    assert Shown(look(f"/?page={page}")).rows("fleet")


def test_the_bar_is_well_only_when_all_was_looked_at(own_site: Site) -> None:
    with own_site.client(Role.VIEW) as client:
        state = own_site.state
        every = {name: replace(host, looked=NOW) for name, host in state.host_standings().items()}
        for name, host in every.items():
            well = [replace(each, condition=Condition.CONVERGED) for each in state.standings(hosts=[name])]
            state.note_standings(replace(host, problem=""), well, {}, None)
        assert _tone(client) == "motion"  # for a commit was refused
        state.note_commit(CommitNote("d" * 40, CommitStatus.IN_FORCE, NOW + 1))
        assert _tone(client) == "well"
        state.note_standings(
            replace(every["hv01"], looked=NOW - LATE - 60), state.standings(hosts=["hv01"]), {}, None
        )
        assert _tone(client) == "alarm"
        assert "hv01" in Shown(client.get("/runs").text).texts("//section[@class='alarm']")[0]


def _tone(client: TestClient) -> str:
    [tone] = Shown(client.get("/").text).find("//header/@data-tone")
    return str(tone)


def test_a_host_without_a_controller_is_an_alarm_however_new_its_look(own_site: Site) -> None:
    own_site.state.note_standings(HostStanding("hv9", "qemu", NOW, NOW), [], {}, None)
    with own_site.client(Role.VIEW) as client:
        page = Shown(client.get("/").text)
    assert "hv9 no controller works it" in page.texts("//section[@class='alarm']")[0]


def test_the_map_has_every_guest_with_its_letter(viewer: TestClient, look: Look) -> None:
    answer = viewer.get("/map.json")
    hosts = {host["host"]: host for host in answer.json()["hosts"]}
    assert len(hosts) == HOSTS
    assert all(len(host["letters"]) == len(host["names"]) == GUESTS for host in hosts.values())
    late = hosts[host_name(HOSTS - 1)]
    assert late["late"]
    assert set(late["letters"]) == {"?"}
    letters = Counter("".join(host["letters"] for host in hosts.values()))
    domains = Shown(look("/?kind=Domain")).chips()
    assert {badge.letter: domains[badge.word] for badge in BADGES.values() if domains[badge.word]} == letters
    again = viewer.get("/map.json", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_every_condition_has_a_letter_and_a_word_of_its_own() -> None:
    assert {*Condition, UNSEEN} == set(BADGES)
    assert (
        len({badge.letter for badge in BADGES.values()})
        == len({badge.word for badge in BADGES.values()})
        == len(BADGES)
    )


def test_a_fleet_of_which_nothing_is_known_is_not_well(own_site: Site) -> None:
    own_site.state.forget_hosts([])
    with own_site.client(Role.VIEW) as client:
        assert _tone(client) == "alarm"  # its controller has hosts that it never looked at


@pytest.mark.parametrize(
    ("total", "asked", "expected"),
    [(0, 1, (1, 1, 0, 0)), (100, 1, (1, 1, 0, 100)), (101, 2, (2, 2, 100, 101)), (250, 9, (3, 3, 200, 250))],
)
def test_a_page_that_is_too_far_is_the_last(total: int, asked: int, expected: tuple[int, ...]) -> None:
    cut = Cut(total, asked)
    assert (cut.pages, cut.page, cut.first, cut.end) == expected


def test_any_names_can_be_put_in_order() -> None:
    names = ["", "1", "a", "a1", "٣", "1a", "a1b2", "²", "hv10", "hv2"]
    assert sorted(sorted(names, key=natural)) == sorted(names)
    assert sorted(["hv10", "hv2"], key=natural) == ["hv2", "hv10"]


def test_hosts_come_as_people_count_and_those_not_looked_at_first(own_site: Site) -> None:
    for name in ("hv2", "hv10", "hv9"):
        own_site.state.note_standings(HostStanding(name, "qemu", NOW, NOW), [], {}, None)
    with own_site.client(Role.VIEW) as client:
        rows = Shown(client.get("/hosts").text).rows("hosts")
    assert [row[1] for row in rows] == ["hv01", "hv02", "hv2", "hv9", "hv10", "hv00"]


def test_what_people_were_not_told_is_told_in_the_bar(own_site: Site) -> None:
    state = own_site.state
    state.receivers(["pager"])
    state.post([Notice("failed", "Domain/web", HOSTILE, NOW)])
    [letter] = state.letters(NOW, 60)
    state.not_sent(letter.id, NOW + 60, "connection refused")
    with own_site.client(Role.VIEW) as client:
        page = Shown(client.get("/runs").text)
    [told] = page.texts("//dt[.='Not delivered']/following-sibling::dd//li")
    assert told.startswith("to pager: <img")
    assert told.endswith("(connection refused)")


def test_what_a_commit_would_do_is_told_beside_it(look: Look) -> None:
    bar = Shown(look("/")).texts("//dt[.='Waits for approval']/following-sibling::dd//li")
    listed = Shown(look("/commits")).texts("//ul[@class='lines']/li")
    assert bar == listed
    assert bar[:2] == list(WOULD[:2])
