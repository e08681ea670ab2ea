"""What other sites could make a browser send, what is too large, and what is no request at all."""

from __future__ import annotations

from dataclasses import replace

import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from reconciler.server import pages
from reconciler.server.settings import ServerSettings
from state import StateError
from tests.reconciler.server.conftest import OUR, SAME_SITE, Open, People

BROWSER = {"Accept": "text/html"}
HOSTILE = "<script>alert(1)</script>\x1b[31m\u202e"


async def change(request: Request) -> Response:
    return PlainTextResponse(f"changed {len(await request.body())}")


def fail(request: Request) -> Response:
    match request.query_params["how"]:
        case "state":
            raise StateError("the host is db.internal, the password is hunter2")
        case "words":
            raise HTTPException(409, HOSTILE)
        case _:
            raise RuntimeError("hunter2")


@pytest.fixture(autouse=True)
def _pages(monkeypatch: pytest.MonkeyPatch) -> None:
    made = [Route("/change", change, methods=["POST", "DELETE"]), Route("/fail", fail)]
    monkeypatch.setattr(pages, "routes", lambda: list(made))


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "none"}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": OUR}, False),
        ({"Origin": OUR}, True),
        ({"Origin": "null"}, False),
        ({"Origin": "http://127.0.0.1:8412"}, False),
        ({"Origin": "https://127.0.0.1:8411"}, False),
        ({"Origin": "http://evil.example"}, False),
        ({}, False),
    ],
)
@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_only_our_own_pages_change_something(
    open_app: Open, method: str, headers: dict[str, str], allowed: bool
) -> None:
    answer = open_app().request(method, "/change", headers=headers)
    assert answer.status_code == (200 if allowed else 403)
    assert answer.text.startswith("changed" if allowed else "this request comes from another site")


def test_a_program_with_a_token_says_nothing_of_a_site_and_a_cookie_alone_is_not_enough(
    open_app: Open, guarded: ServerSettings, people: People
) -> None:
    assert open_app(guarded, token=people.operator).post("/change").status_code == 200
    evil = {"Sec-Fetch-Site": "cross-site"}
    assert open_app(guarded, token=people.operator).post("/change", headers=evil).status_code == 403
    browser = open_app(guarded)
    browser.post("/login", data={"token": people.operator}, headers=SAME_SITE)
    assert browser.post("/change", headers=SAME_SITE).status_code == 200
    assert browser.post("/change").status_code == 403


@pytest.mark.parametrize(
    ("host", "open_to_all", "with_tokens"),
    [
        ("127.0.0.1:8411", True, True),
        ("127.0.0.1", True, True),
        ("[::1]:8411", True, True),
        ("localhost:8411", True, True),
        ("LOCALHOST", True, True),
        ("192.0.2.1:80", False, True),
        ("[2001:db8::1]", False, True),
        ("fleet.example.org", True, True),
        ("fleet.example.org.", True, True),
        ("evil.example", False, False),
        ("127.0.0.1.evil.example", False, False),
        ("localhost/static/?", False, False),
        ("evil.example@localhost", False, False),
        ("localhost:80:80", False, False),
        ("", False, False),
    ],
)
def test_a_strangers_name_bent_to_our_address_is_refused(
    open_app: Open, guarded: ServerSettings, host: str, open_to_all: bool, with_tokens: bool
) -> None:
    names = ("fleet.example.org",)
    for settings, allowed in ((ServerSettings(names=names), open_to_all), (guarded, with_tokens)):
        answer = open_app(replace(settings, names=names)).get("/nothing", headers={"Host": host})
        assert (answer.status_code != 421) is allowed, settings
        if not allowed:
            assert answer.text == "this server is not known under that name; --name NAME tells it one more\n"


def test_a_request_may_be_so_large(open_app: Open) -> None:
    client = open_app()
    assert client.post("/change", content=b"x" * 65536, headers=SAME_SITE).text == "changed 65536"
    answer = client.post("/change", content=b"x" * 65537, headers=SAME_SITE)
    assert (answer.status_code, answer.text) == (413, "that is too much: 64 KiB are allowed\n")
    chunks = client.post("/change", content=(b"x" * 40000 for _ in range(2)), headers=SAME_SITE)
    assert (chunks.status_code, chunks.text) == (413, "that is too much: 64 KiB are allowed\n")


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"token=x", "application/json", 415),
        (b"token=x", "multipart/form-data; boundary=x", 415),
        (b"\xff\xfe", "application/x-www-form-urlencoded", 400),
        (b"a=%ff", "application/x-www-form-urlencoded", 400),
        (b"&".join(b"a=b" for _ in range(60)), "application/x-www-form-urlencoded", 400),
    ],
)
def test_what_is_no_form_is_said_to_be_none(open_app: Open, content: bytes, kind: str, status: int) -> None:
    answer = open_app().post("/login", content=content, headers=SAME_SITE | {"Content-Type": kind})
    assert answer.status_code == status
    assert "form" in answer.text


@pytest.mark.parametrize(
    "path", ["/nothing", "/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/%00", "/\u202e"]
)
@pytest.mark.parametrize("headers", [{}, BROWSER])
def test_what_is_not_there_is_said_in_words(open_app: Open, path: str, headers: dict[str, str]) -> None:
    answer = open_app().get(path, headers=headers)
    assert answer.status_code == 404
    assert "there is nothing of this name" in answer.text


def test_a_way_that_there_is_not_is_405(open_app: Open) -> None:
    answer = open_app().get("/change")
    assert (answer.status_code, answer.text) == (405, "that cannot be done to it\n")


def test_a_mistake_of_ours_shows_its_kind_alone(open_app: Open) -> None:
    answer = open_app().get("/fail?how=bug", headers=BROWSER)
    assert answer.status_code == 500
    assert answer.text == "internal error (RuntimeError); the log says where; please report it\n"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_state_that_is_away_is_said_without_where_it_is(open_app: Open) -> None:
    answer = open_app().get("/fail?how=state")
    assert answer.status_code == 503
    assert answer.text == "the state cannot be read just now; nothing is changed meanwhile\n"


def test_words_of_others_are_harmless(open_app: Open) -> None:
    shown = open_app().get("/fail?how=words")
    assert (shown.status_code, shown.text) == (409, "<script>alert(1)</script>\\x1b[31m\\u202e\n")
    assert shown.headers["content-type"].startswith("text/plain")
    page = open_app().get("/fail?how=words", headers=BROWSER).text
    assert "<script>" not in page


@pytest.mark.parametrize("path", ["/", "/login", "/fail?how=words", "/nothing"])
def test_every_answer_forbids_what_a_page_needs_not(open_app: Open, path: str) -> None:
    headers = open_app().get(path).headers
    policy = headers["Content-Security-Policy"]
    for part in ("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"):
        assert part in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"
