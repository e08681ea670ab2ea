"""Decisions by plain forms: written down for those who may, refused to others, wrong ones told in words."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from reconciler.plan.subject import means
from reconciler.server.pages.subject import covers
from reconciler.server.tokens import Role
from specs.identity import Address, Kind
from state.decisions import Decision, Verb
from tests.reconciler.server.pages.conftest import Site
from tests.reconciler.server.pages.fleet import BAD, GOOD, HOSTILE, NEXT, NOW, guest
from tests.reconciler.server.pages.page import Shown

SAME = {"Sec-Fetch-Site": "same-origin"}
WEB = "Domain/web-00-000"
FORMS = [
    ("/decide", {"verb": "approve", "subject": NEXT}),
    ("/decide", {"verb": "suspend", "subject": WEB, "reason": "x"}),
    ("/end", {"verb": "suspend", "subject": WEB}),
    ("/look", {"host": "hv00"}),
]


@pytest.fixture
def operator(own_site: Site) -> Iterator[TestClient]:
    with own_site.client(Role.OPERATE) as client:
        client.headers.update(SAME)
        yield client


def made(site: Site, verb: Verb, subject: str) -> Decision:
    [found] = [each for each in site.state.decisions() if (each.verb, each.subject) == (verb, subject)]
    return found


@pytest.mark.parametrize("verb", [Verb.APPROVE, Verb.PIN, Verb.SKIP])
def test_commits_are_decided_upon(own_site: Site, operator: TestClient, verb: Verb) -> None:
    answer = operator.post("/decide", data={"verb": verb, "subject": NEXT, "reason": "so"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/commits")
    assert (made(own_site, verb, NEXT).author, made(own_site, verb, NEXT).reason) == ("operate", "so")
    assert set(own_site.woken) == {"hv00", "hv01", "hv02"}


def test_an_approval_needs_no_reason_and_the_button_is_where_the_commit_is_told(operator: TestClient) -> None:
    page = Shown(operator.get("/").text)
    [form] = page.find("//header//form")
    fields = {one.get("name"): one.get("value") for one in form.xpath(".//input")}
    assert operator.post(form.get("action"), data=fields).status_code == 303


def test_a_part_is_left_alone_for_a_while_and_taken_up_again(own_site: Site, operator: TestClient) -> None:
    form = {"verb": "suspend", "subject": "Domain/db-00-001", "reason": "moves", "for": "2h"}
    answer = operator.post("/decide", data=form)
    assert answer.headers["location"] == "/resource?address=Domain%2Fdb-00-001"
    assert own_site.woken == ["hv00"]
    decision = made(own_site, Verb.SUSPEND, "Domain/db-00-001")
    assert decision.expires is not None
    assert 7190 < decision.expires - NOW < 7200 + 600
    told = Shown(operator.get(answer.headers["location"]).text).texts("//p[@class='decided']")
    assert "“moves”" in told[0]
    assert operator.post("/end", data=form).status_code == 303
    assert all(each.subject != "Domain/db-00-001" for each in own_site.state.decisions())


def test_a_pin_is_told_in_the_bar_and_ended(own_site: Site, operator: TestClient) -> None:
    operator.post("/decide", data={"verb": "pin", "subject": GOOD, "reason": HOSTILE})
    assert "pinned by operate" in Shown(operator.get("/").text).texts("//header")[0]
    assert operator.post("/end", data={"verb": "pin", "subject": GOOD}).status_code == 303
    assert not [each for each in own_site.state.decisions() if each.verb is Verb.PIN]
    [past] = [row for row in Shown(operator.get("/decisions").text).rows("decisions") if row[0] == "pin"]
    assert past[2] == "operate"


def test_a_host_or_all_are_looked_at(own_site: Site, operator: TestClient) -> None:
    assert operator.post("/look", data={"host": "hv01"}).headers["location"] == "/hosts"
    assert own_site.woken == ["hv01"]
    operator.post("/look", data={"host": ""})
    assert own_site.woken[1:] == ["hv00", "hv01", "hv02"]


@pytest.mark.parametrize(
    ("path", "form", "words"),
    [
        ("/decide", {"verb": "destroy", "subject": WEB}, "that cannot be decided"),
        ("/decide", {"verb": "approve", "subject": "d" * 40}, "not known"),
        ("/decide", {"verb": "skip", "subject": BAD}, "say why"),
        ("/decide", {"verb": "suspend", "subject": WEB}, "say why"),
        ("/decide", {"verb": "suspend", "subject": "", "reason": "x"}, "means nothing"),
        ("/decide", {"verb": "suspend", "subject": "x" * 2000, "reason": "x"}, "at most 1000"),
        ("/decide", {"verb": "observe", "subject": "nonsense", "reason": "x"}, "means nothing"),
        ("/decide", {"verb": "observe", "subject": "Domain/none", "reason": "x"}, "no resource"),
        ("/decide", {"verb": "suspend", "subject": "Host/hv77", "reason": "x"}, "no host"),
        ("/decide", {"verb": "suspend", "subject": WEB, "reason": "x", "for": "0s"}, "longer than nothing"),
        ("/decide", {"verb": "suspend", "subject": WEB, "reason": "x" * 2000}, "at most 1000"),
        ("/decide", {"verb": "suspend", "subject": WEB, "reason": "x", "for": HOSTILE}, "no duration"),
        ("/end", {"verb": "pin", "subject": GOOD}, "nothing to end"),
        ("/look", {"host": HOSTILE}, "not known"),
        ("/decide", {"x": ""}, "that cannot be decided"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_written(
    own_site: Site, operator: TestClient, path: str, form: dict[str, str], words: str
) -> None:
    before = own_site.state.decisions(past=True)
    answer = operator.post(path, data=form)
    assert answer.status_code == 400
    assert words in Shown(answer.text).texts("//main/p")[0]
    assert own_site.state.decisions(past=True) == before
    assert own_site.woken == []


@pytest.mark.parametrize(("path", "form"), FORMS)
def test_who_may_only_look_is_refused_and_sees_no_form(
    own_site: Site, path: str, form: dict[str, str]
) -> None:
    before = own_site.state.decisions(past=True)
    with own_site.client(Role.VIEW) as client:
        assert client.post(path, data=form, headers=SAME).status_code == 403
        for page in ("/", "/hosts", "/commits", "/decisions", f"/resource?address={WEB}"):
            assert Shown(client.get(page).text).find("//form[@method='post']") == []
    assert (own_site.state.decisions(past=True), own_site.woken) == (before, [])


@pytest.mark.parametrize(("path", "form"), FORMS)
def test_a_form_of_another_site_decides_nothing(own_site: Site, path: str, form: dict[str, str]) -> None:
    before = own_site.state.decisions(past=True)
    with own_site.client(Role.OPERATE) as client:
        answer = client.post(path, data=form, headers={"Sec-Fetch-Site": "cross-site"})
        assert answer.status_code == 403
        assert client.get(path).status_code == 405
    assert (own_site.state.decisions(past=True), own_site.woken) == (before, [])


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("fleet", "Fleet"),
        ("host/hv01", "Host/hv01"),
        ("domain/web-*", "Domain/web-*"),
        ("network/lan", "Network/lan"),
        ("Network/lan@hv00", "Network/lan@hv00"),
        ("app=shop", "app=shop"),
    ],
)
def test_a_part_is_told_as_the_commands_take_it_and_kept_as_they_read_it(
    own_site: Site, operator: TestClient, text: str, kept: str
) -> None:
    form = {"verb": "observe", "subject": text, "reason": "x"}
    assert operator.post("/decide", data=form).status_code == 303
    assert made(own_site, Verb.OBSERVE, kept).reason == "x"
    address = Address(Kind.NETWORK, "lan", "hv01") if "lan" in text else guest(1, 0).address
    assert means(kept, address, ["hv01"], guest(1, 0).labels) is (kept != "Network/lan@hv00")
    standing = own_site.state.standing(address)
    assert standing is not None
    assert covers(kept, standing[0]) is (kept != "Network/lan@hv00")


def test_the_later_word_counts(own_site: Site, operator: TestClient) -> None:
    for verb in (Verb.SUSPEND, Verb.OBSERVE):
        operator.post("/decide", data={"verb": verb, "subject": "Host/hv01", "reason": "x"})
    assert [each.verb for each in own_site.state.decisions() if each.subject == "Host/hv01"] == [Verb.OBSERVE]
