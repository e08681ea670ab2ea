"""Who is let in, who may operate, and how browsers log in."""

from __future__ import annotations

import time
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from reconciler.server import pages
from reconciler.server.access import Role, require, visitor
from reconciler.server.sessions import COOKIE, LASTS, Session, Sessions
from reconciler.server.settings import ServerSettings
from state import StateError
from tests.reconciler.server.conftest import SAME_SITE, DoubleState, Open, People, read_only

BROWSER = {"Accept": "text/html,*/*"}


async def who(request: Request) -> Response:
    found = visitor(request)
    return PlainTextResponse(f"{found.name} {found.role} {found.may(Role.OPERATE)} {found.session}")


async def decide(request: Request) -> Response:
    return PlainTextResponse(f"decided by {require(request, Role.OPERATE).name}")


@pytest.fixture(autouse=True)
def _two_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """One to look at, one that changes something."""
    made = [Route("/who", who), Route("/decide", decide, methods=["POST"])]
    monkeypatch.setattr(pages, "routes", lambda: list(made))


def test_without_tokens_anybody_on_the_machine_looks_and_nobody_operates(open_app: Open) -> None:
    client = open_app()
    assert client.get("/who").text == "anybody view False False"
    answer = client.post("/decide", headers=SAME_SITE)
    assert (answer.status_code, answer.text) == (
        403,
        "nothing can be changed here: this controller runs without --operate\n",
    )


def test_a_token_says_who_one_is(open_app: Open, guarded: ServerSettings, people: People) -> None:
    assert open_app(guarded, token=people.viewer).get("/who").text == "vera view False False"
    assert open_app(guarded, token=people.operator).get("/who").text == "otto operate True False"
    assert open_app(guarded, token=people.operator).post("/decide").text == "decided by otto"


def test_who_may_only_look_cannot_operate(open_app: Open, guarded: ServerSettings, people: People) -> None:
    answer = open_app(guarded, token=people.viewer).post("/decide")
    assert (answer.status_code, answer.text) == (
        403,
        "'vera' may look, and not operate: it takes a token of that role\n",
    )


def test_where_it_is_read_only_an_operator_only_looks(
    open_app: Open, guarded: ServerSettings, people: People
) -> None:
    client = open_app(read_only(guarded), token=people.operator)
    assert client.get("/who").text == "otto operate False False"
    assert "without --operate" in client.post("/decide").text


@pytest.mark.parametrize("given", ["Bearer wrong", "Bearer ", "Bearer vr_" + "é" * 9, "bearer \x00"])
def test_a_wrong_token_is_401(open_app: Open, guarded: ServerSettings, given: str) -> None:
    client = open_app(guarded)
    answer = client.get("/who", headers={"Authorization": given.encode()})
    assert (answer.status_code, answer.text) == (401, "this token is not known here\n")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("path", ["/", "/who", "/metrics", "/nothing", "/static/../who", "/hooks/git/x"])
def test_without_a_token_nothing_is_shown_not_even_what_there_is(
    open_app: Open, guarded: ServerSettings, path: str
) -> None:
    client = open_app(guarded)
    answer = client.get(path)
    assert answer.status_code in (401, 404)
    assert "anybody" not in answer.text
    if not path.startswith("/static"):
        assert answer.text == "say who you are: Authorization: Bearer TOKEN\n"


def logged_in(open_app: Open, settings: ServerSettings, token: str, **more: str):  # type: ignore[no-untyped-def]
    client = open_app(settings, **more)
    answer = client.post("/login", data={"token": token, "to": "/who?x=1"}, headers=SAME_SITE)
    return client, answer


def test_a_browser_is_sent_to_the_login_and_back(
    open_app: Open, guarded: ServerSettings, people: People
) -> None:
    client = open_app(guarded)
    sent = client.get("/who?x=1&y=ä%0a", headers=BROWSER)
    assert sent.status_code == 303
    to = parse_qs(urlsplit(sent.headers["location"]).query)["to"]
    assert to == ["/who?x=1&y=%C3%A4%0a"]
    assert 'name="to"' in client.get(sent.headers["location"], headers=BROWSER).text
    client, answer = logged_in(open_app, guarded, people.operator)
    assert (answer.status_code, answer.headers["location"]) == (303, "/who?x=1")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "secure" not in cookie
    assert people.operator.lower() not in cookie
    assert client.get("/who").text == "otto operate True True"
    assert client.post("/decide", headers=SAME_SITE).text == "decided by otto"


def test_over_tls_the_cookie_stays_on_tls(open_app: Open, guarded: ServerSettings, people: People) -> None:
    _, answer = logged_in(open_app, guarded, people.viewer, base_url="https://127.0.0.1")
    assert "secure" in answer.headers["set-cookie"].lower()


def test_a_wrong_token_does_not_log_in(open_app: Open, guarded: ServerSettings) -> None:
    client, answer = logged_in(open_app, guarded, "<script>")
    assert answer.status_code == 401
    assert "not known here" in answer.text
    assert "<script>" not in answer.text
    assert COOKIE not in client.cookies


def test_logging_out_ends_it(open_app: Open, guarded: ServerSettings, people: People) -> None:
    client, _ = logged_in(open_app, guarded, people.viewer)
    assert client.post("/logout", headers=SAME_SITE).status_code == 303
    assert client.get("/who").status_code == 401


def test_a_session_ends_with_its_token(open_app: Open, guarded: ServerSettings, people: People) -> None:
    client, _ = logged_in(open_app, guarded, people.operator)
    assert client.get("/who").status_code == 200
    people.without_operator()
    assert client.get("/who").status_code == 401
    people.write("otto operate sha256:" + "0" * 64)
    assert client.get("/who").status_code == 401


def test_a_session_is_good_at_every_controller_of_a_state_and_ends_some_day(
    open_app: Open, guarded: ServerSettings, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, _ = logged_in(open_app, guarded, people.viewer)
    second = open_app(replace(guarded, operate=False))
    second.cookies = client.cookies
    assert second.get("/who").text == "vera view False True"
    later = time.time() + LASTS + 2
    monkeypatch.setattr(time, "time", lambda: later)
    assert second.get("/who", cookies=None).status_code == 401


@pytest.mark.parametrize("change", ["x", "", "YQ.YQ.YQ", "\x7f", "é"])
def test_a_cookie_that_is_not_ours_is_nobody(open_app: Open, guarded: ServerSettings, change: str) -> None:
    client = open_app(guarded)
    answer = client.get("/who", headers={"Cookie": f"{COOKIE}={change}".encode()})
    assert answer.status_code == 401


def test_another_states_key_makes_no_session_here() -> None:
    theirs, ours, answer = Sessions(lambda: b"a"), Sessions(lambda: b"b"), Response()
    theirs.write(answer, Session("otto", "x"), secure=False)
    cookie = answer.headers["set-cookie"].split("=", 1)[1].split(";")[0]
    assert theirs.read(cookie) == Session("otto", "x")
    assert ours.read(cookie) is None


def test_a_broken_file_of_tokens_lets_nobody_in_and_says_so(
    open_app: Open, guarded: ServerSettings, people: People
) -> None:
    client = open_app(guarded, token=people.operator)
    people.file.write_text("broken")
    answer = client.get("/who")
    assert answer.status_code == 503
    assert "tokens:1: this is no token's line" in answer.text
    assert client.get("/login").status_code == 200


def test_without_the_state_no_session_can_be_read(
    open_app: Open, guarded: ServerSettings, people: People, state: DoubleState
) -> None:
    state.broken = StateError("postgresql://user:secret@db is away")
    answer = open_app(guarded).get("/who", headers={"Cookie": f"{COOKIE}=x"})
    assert answer.status_code == 503
    assert "secret" not in answer.text


@pytest.mark.parametrize(
    "to", ["//evil.example", "/\\evil.example", "https://evil.example", "evil", "", "/a\nb", "/\\/x", "/ä"]
)
def test_after_the_login_one_stays_here(
    open_app: Open, guarded: ServerSettings, people: People, to: str
) -> None:
    client = open_app(guarded)
    answer = client.post("/login", data={"token": people.viewer, "to": to}, headers=SAME_SITE)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
