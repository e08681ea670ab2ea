"""Logging in by an OpenID provider: a real one, small and local; all that may be wrong with what it says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from reconciler.faults import Fault
from reconciler.server import pages
from reconciler.server.access import Role, visitor
from reconciler.server.identityfile import Provider, read_provider
from reconciler.server.sessions import COOKIE
from reconciler.server.settings import ServerSettings
from tests.reconciler.server.conftest import OUR, Open
from tests.reconciler.server.provider import CLIENT, SmallProvider

BROWSER = httpx.Client()


async def who(request: Request) -> Response:
    found = visitor(request)
    return PlainTextResponse(f"{found.name} {found.may(Role.OPERATE)}")


@pytest.fixture(autouse=True)
def _page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "routes", lambda: [Route("/who", who)])


@pytest.fixture(scope="module")
def _provider() -> Iterator[SmallProvider]:
    provider = SmallProvider()
    provider.start()
    yield provider
    provider.stop()


@pytest.fixture
def provider(_provider: SmallProvider) -> SmallProvider:
    _provider.reset()
    return _provider


@pytest.fixture
def settings(provider: SmallProvider) -> ServerSettings:
    roles = {"staff": Role.VIEW, "ops": Role.OPERATE}
    known = Provider(provider.issuer, CLIENT, "", OUR, "groups", roles, ("openid", "profile"))
    return ServerSettings(operate=True, oidc=known)


def logged_in(client: TestClient, to: str = "/who") -> httpx.Response:
    """As a browser goes: to us, to the provider, and back."""
    begun = client.get("/oidc/start", params={"to": to})
    assert begun.status_code == 302, begun.text
    sent = BROWSER.get(begun.headers["location"])
    assert sent.headers["location"].startswith(f"{OUR}/oidc/callback?")
    answer: httpx.Response = client.get(sent.headers["location"])
    return answer


def test_who_is_in_a_group_that_may_look_looks(
    open_app: Open, settings: ServerSettings, provider: SmallProvider
) -> None:
    client = open_app(settings)
    assert 'href="/oidc/start?to=%2F"' in client.get("/login", headers={"Accept": "text/html"}).text
    answer = logged_in(client, "/who?a=1&b=%22")
    assert answer.status_code == 200
    assert 'content="0;url=/who?a=1&amp;b=%22"' in answer.text
    cookie = next(one for one in answer.headers.get_list("set-cookie") if one.startswith(COOKIE + "="))
    assert re.search("httponly.*samesite=strict", cookie.lower())
    assert client.get("/who").text == "vera False"
    assert provider.asked["code_challenge_method"] == "S256"
    assert provider.asked["scope"] == "openid profile"


def test_who_is_in_a_group_that_may_operate_operates(
    open_app: Open, settings: ServerSettings, provider: SmallProvider
) -> None:
    provider.claims |= {"groups": ["staff", "ops"]}
    client = open_app(settings)
    logged_in(client)
    assert client.get("/who").text == "vera True"
    read_only = open_app(replace(settings, operate=False))
    read_only.cookies = client.cookies
    assert read_only.get("/who").text == "vera False"


def test_groups_that_only_the_userinfo_tells_count_if_they_are_the_same_persons(
    open_app: Open, settings: ServerSettings, provider: SmallProvider
) -> None:
    del provider.claims["groups"]
    provider.told = {"groups": "ops"}
    client = open_app(settings)
    logged_in(client)
    assert client.get("/who").text == "vera True"
    provider.told |= {"sub": "8"}
    assert logged_in(open_app(settings)).status_code == 403


@pytest.mark.parametrize(
    ("groups", "role"),
    [
        (["ops", "staff"], Role.OPERATE),
        ("staff", Role.VIEW),
        ([], None),
        (["guests"], None),
        (None, None),
        (7, None),
        ([["ops"]], None),
        ({"ops": 1}, None),
    ],
)
def test_groups_have_roles(settings: ServerSettings, groups: object, role: Role | None) -> None:
    assert settings.oidc is not None
    assert settings.oidc.role(groups) is role


def test_who_is_in_no_such_group_is_not_let_in(
    open_app: Open, settings: ServerSettings, provider: SmallProvider
) -> None:
    provider.claims |= {"groups": ["guests"], "preferred_username": "<b>\x1b[31m"}
    client = open_app(settings)
    answer = logged_in(client)
    assert answer.status_code == 403
    assert "none of the groups" in answer.text
    assert "\x1b" not in answer.text
    assert client.get("/who").status_code == 401


@pytest.mark.parametrize("wrong", ["key", "issuer", "audience", "expired", "nonce", "no id_token", "refused"])
def test_what_the_provider_says_is_checked(
    open_app: Open, settings: ServerSettings, provider: SmallProvider, wrong: str
) -> None:
    provider.wrong = wrong
    client = open_app(settings)
    answer = logged_in(client)
    assert (answer.status_code, COOKIE in client.cookies) == (502, False), answer.text
    assert answer.text.startswith(f"the login by {provider.issuer} failed; the log says why.")
    assert client.get("/who").status_code == 401


def test_a_callback_that_nobody_began_here_is_refused(open_app: Open, settings: ServerSettings) -> None:
    client = open_app(settings)
    for query in ("", "?code=once", "?code=once&state=forged", "?state=x&error=y"):
        assert client.get(f"/oidc/callback{query}").status_code == 502
    assert COOKIE not in client.cookies


def test_the_callback_of_another_browser_is_refused(
    open_app: Open, settings: ServerSettings, provider: SmallProvider
) -> None:
    """Else somebody could log others in as himself."""
    theirs = open_app(settings)
    sent = BROWSER.get(theirs.get("/oidc/start").headers["location"])
    ours = open_app(settings)
    ours.get("/oidc/start")
    assert ours.get(sent.headers["location"]).status_code == 502
    assert COOKIE not in ours.cookies


def test_a_provider_that_is_away_is_told_in_words(open_app: Open, settings: ServerSettings) -> None:
    assert settings.oidc is not None
    away = replace(settings, oidc=replace(settings.oidc, issuer="http://127.0.0.1:9"))
    answer = open_app(away).get("/oidc/start", params={"to": "//evil.example"})
    assert answer.status_code == 502
    assert answer.text.endswith("Try again: /login?to=%2F\n")


def test_without_the_provider_its_sessions_end(
    open_app: Open, settings: ServerSettings, guarded: ServerSettings
) -> None:
    client = open_app(settings)
    logged_in(client)
    without = open_app(guarded)
    without.cookies = client.cookies
    assert without.get("/who").status_code == 401
    assert without.get("/oidc/start").status_code == 404


FILE = """
issuer: https://sso.example.org/realms/ops/
client: virt-reconcile
secretFile: {secret}
url: https://fleet.example.org
roles: {{view: [staff, ops], operate: [ops]}}
"""


def written(folder: Path, text: str) -> Path:
    secret, path = folder / "secret", folder / "oidc.yaml"
    secret.write_text("hunter2\n")
    path.write_text(text.format(secret=secret))
    secret.chmod(0o600)
    path.chmod(0o600)
    return path


def test_a_file_names_the_provider(tmp_path: Path) -> None:
    provider = read_provider(written(tmp_path, FILE))
    assert (provider.issuer, provider.secret) == ("https://sso.example.org/realms/ops", "hunter2")
    assert provider.host == "fleet.example.org"
    assert provider.roles == {"staff": Role.VIEW, "ops": Role.OPERATE}
    assert "hunter2" not in repr(provider)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("client:", "clint:", "did you mean 'client'"),
        ("https://sso", "http://sso", "is not encrypted"),
        ("https://fleet", "ftp://fleet", "is no address such as https://sso.example.org"),
        ("view: [staff, ops], operate: [ops]", "view: []", "roles name no group"),
        ("issuer:", "issuer: [", "not YAML"),
        ("{secret}", "/nowhere/secret", "No such file"),
        (FILE, "just text", "this is one mapping"),
    ],
)
def test_what_is_wrong_with_the_file_is_told(tmp_path: Path, old: str, new: str, told: str) -> None:
    with pytest.raises(Fault, match=told):
        read_provider(written(tmp_path, FILE.replace(old, new)))


def test_a_file_that_others_may_write_to_is_not_believed(tmp_path: Path) -> None:
    path = written(tmp_path, FILE)
    path.chmod(0o666)
    with pytest.raises(Fault, match="others may write to it"):
        read_provider(path)
