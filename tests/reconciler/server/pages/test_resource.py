"""The page of one resource."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from reconciler.server.pages.resource import Line, side_by_side
from reconciler.server.tokens import Role
from specs.identity import Address, Kind
from state.records import RecordDocuments
from state.standings import Condition, Standing
from tests.reconciler.server.pages.conftest import Site
from tests.reconciler.server.pages.fleet import HOSTILE, NOW, guest, host_name
from tests.reconciler.server.pages.page import Shown
from tests.state.samples import record

Look = Callable[[str], str]
BROKEN = guest(0, 3)


def page_of(look: Look, address: Address) -> Shown:
    return Shown(look(f"/resource?address={quote(str(address), safe='')}"))


def facts(page: Shown) -> dict[str, str]:
    return dict(zip(page.texts("//main//dl/div/dt"), page.texts("//main//dl/div/dd"), strict=True))


def test_it_says_where_it_is_how_it_stands_and_where_it_was_declared(look: Look) -> None:
    page = page_of(look, BROKEN.address)
    told = facts(page)
    assert (told["Host"], told["Declared"], told["Observed"]) == ("hv00", "running", "stopped")
    assert told["Declared in"] == "guests/hv00.yaml:28"
    assert told["Commit"].startswith("aaaaaaaaaa")
    assert page.texts("//main//p[@class='problem']") == [BROKEN.problem]


def test_a_difference_is_declared_last_applied_and_now(look: Look) -> None:
    rows = page_of(look, BROKEN.address).rows("differs")
    assert rows[0] == ["memory", "4 GiB", "4 GiB", "2 GiB", "drifted", "live"]


def test_what_was_done_is_there_with_its_run(look: Look) -> None:
    [row] = page_of(look, BROKEN.address).rows("actions")
    assert row[:2] == ["✗ failed", "define"]
    assert row[4] == "1"


def test_the_window_that_releases_it_is_told(look: Look) -> None:
    waiting = next(
        each
        for each in (guest(host, number) for host in range(4) for number in range(40))
        if each.condition is Condition.WAITING
    )
    told = facts(page_of(look, waiting.address))
    assert told["Released"].endswith("UTC")
    assert told["Cost"] == "restart"


def test_its_documents_stand_beside_each_other(look: Look) -> None:
    page = page_of(look, BROKEN.address)
    assert page.texts("//figcaption") == ["declared", "on the host"]
    left, right = ([line.text_content() for line in pre] for pre in page.find("//figure/pre"))
    assert len(left) == len(right)
    assert [a.strip() for a, b in zip(left, right, strict=True) if a.strip()[:1] in "~+" and a.strip()] == [
        '~  <memory unit="GiB">4</memory>',
        "+  <devices/>",
    ]


def test_lines_pair_up() -> None:
    assert list(side_by_side("<a><b/></a>", "<a><b/><c/></a>")) == [
        Line("", "<a>", "<a>"),
        Line("", "  <b/>", "  <b/>"),
        Line("-", None, "  <c/>"),
        Line("", "</a>", "</a>"),
    ]
    assert list(side_by_side("", "")) == []
    assert list(side_by_side("", "no xml")) == [Line("", None, "no xml")]


def test_a_converged_one_shows_what_was_last_applied_without_secrets(own_site: Site) -> None:
    token = "(secret:" + "0" * 32 + ")"
    address = Address(Kind.NETWORK, "lan", host_name(0))
    own_site.state.put(
        record(address), RecordDocuments(f"<network><key>{token}</key></network>", "<network/>")
    )
    with own_site.client(Role.VIEW) as client:
        page = Shown(client.get(f"/resource?address={address}").text)
    assert page.texts("//figcaption") == ["last applied", "read back right after"]
    assert "(secret)" in page.texts("//pre")[0]
    assert token not in page.texts("//pre")[0]


def test_a_resource_that_nobody_looked_at_says_so_and_what_it_was(look: Look) -> None:
    page = page_of(look, Address(Kind.NETWORK, "lan", host_name(5)))
    assert page.texts("//div[@class='head']/p")[0].startswith("? not looked at was as declared")


def test_a_name_like_a_path_is_a_name(own_site: Site) -> None:
    address = Address(Kind.DOMAIN, "../../etc/passwd?x=1&y#z")
    standing = Standing(address, "hv00", Condition.CONVERGED, NOW)
    [host] = [host for name, host in own_site.state.host_standings().items() if name == "hv00"]
    own_site.state.note_standings(host, [standing], {}, None)
    with own_site.client(Role.VIEW) as client:
        [link] = Shown(client.get("/?q=passwd").text).find("//tbody//a/@href")
        assert client.get(link).status_code == 200


@pytest.mark.parametrize(
    "address", ["", "x", "Domain", "Nonsense/web", "Domain/none", "Volume/x", HOSTILE, "\0"]
)
def test_what_is_not_there_is_not_found_in_words(viewer: TestClient, address: str) -> None:
    answer = viewer.get("/resource", params={"address": address})
    assert answer.status_code == 404
    assert "<img" not in answer.text
    assert Shown(answer.text).texts("//main/p")
