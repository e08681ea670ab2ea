"""18: whoever reaches the service's port: every route, also those to come, asked as strangers ask."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import cast
from xml.sax.saxutils import escape

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

from reconciler.inputs.git.webhook import is_authentic
from reconciler.server.app import build_app
from reconciler.server.hooks import Hooks, WebhookVerdict
from reconciler.server.settings import ServerSettings
from reconciler.server.tokens import Role
from specs.identity import Address, Kind
from tests.reconciler.cli.lab import Lab
from tests.reconciler.controller.serving import Fleet
from tests.reconciler.server.pages.conftest import Site, site
from tests.reconciler.server.pages.fleet import NEXT
from tests.reconciler.server.pages.test_hostile import CONTROLS
from tests.security.test_13_escaping import IN_XML

__all__ = ["site"]

OUR = "http://127.0.0.1:8411"
METHODS = ("POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND")
FORM = {"verb": "approve", "subject": NEXT, "host": "hv00", "reason": "x", "token": "x"}
SECRET = b"agreed upon"
THEIRS: dict[str, Mapping[str, str]] = {
    "another site": {"Sec-Fetch-Site": "cross-site"},
    "a sub-domain": {"Sec-Fetch-Site": "same-site"},
    "typed in": {"Sec-Fetch-Site": "none"},
    "an old browser elsewhere": {"Origin": "https://evil.example"},
    "another port": {"Origin": "http://127.0.0.1:8412"},
    "another scheme": {"Origin": "https://127.0.0.1:8411"},
    "a sandboxed frame": {"Origin": "null"},
    "one that says nothing": {},
    "one that says ours and theirs": {"Sec-Fetch-Site": "cross-site", "Origin": OUR},
}


class Service:
    """The application over a fleet, with all that could be changed through it."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.fetched: list[bytes] = []
        self.app = self._built()

    def client(self, headers: Mapping[str, str] | None = None) -> TestClient:
        """One that asks; what an application remembers belongs to the loop that it runs in."""
        return TestClient(self._built(), OUR, headers=dict(headers or {}), follow_redirects=False)

    def cookie(self, role: Role) -> dict[str, str]:
        """What a browser has that logged in."""
        with self.client({"Sec-Fetch-Site": "same-origin"}) as client:
            answer = client.post("/login", data={"token": self.site.tokens[role]})
            return {"Cookie": answer.headers["set-cookie"].partition(";")[0]}

    @property
    def done(self) -> tuple[object, ...]:
        """All that requests may have changed."""
        return list(self.site.state.decisions(past=True)), list(self.site.woken), list(self.fetched)

    def _built(self) -> Starlette:
        hooks = Hooks(wake=self.site.woken.extend, on_webhook=self._webhook)
        return build_app(self.site.state, self.site.settings, hooks)

    def _webhook(self, headers: Mapping[str, str], body: bytes) -> WebhookVerdict:
        if not is_authentic(headers, body, SECRET):
            return WebhookVerdict.REFUSED
        self.fetched.append(body)
        return WebhookVerdict.ACCEPTED


@pytest.fixture(scope="module")
def service(site: Site) -> Service:
    return Service(site)


def paths(app: Starlette) -> Iterator[str]:
    """An address of every route."""
    for route in app.routes:
        if isinstance(route, Mount):
            yield f"{route.path}/page.css"
        else:
            yield cast(Route, route).path.replace("{number:int}", "1")


def test_there_are_routes_to_ask(service: Service) -> None:
    assert {"/decide", "/end", "/look", "/hooks/git", "/", "/static/page.css"} <= set(paths(service.app))


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer vr_wrong"}, {"Cookie": "session=wrong"}])
def test_nothing_is_changed_for_a_stranger(service: Service, headers: dict[str, str]) -> None:
    before = service.done
    with service.client(headers | {"Sec-Fetch-Site": "same-origin"}) as client:
        for path in paths(service.app):
            for method in METHODS:
                answer = client.request(method, path, data=FORM)
                assert answer.status_code in (401, 403, 405), (method, path, answer.status_code)
    assert service.done == before


def test_who_may_look_changes_nothing(service: Service) -> None:
    before = service.done
    headers = {"Authorization": f"Bearer {service.site.tokens[Role.VIEW]}"}
    with service.client(headers) as client:
        for path in paths(service.app):
            for method in METHODS:
                answer = client.request(method, path, data=FORM)
                assert answer.status_code in (401, 403, 405) or path == "/logout", (method, path)
    assert service.done == before


@pytest.mark.parametrize("where", THEIRS)
def test_a_strangers_page_cannot_make_an_operators_browser_do_anything(service: Service, where: str) -> None:
    before = service.done
    with service.client(service.cookie(Role.OPERATE) | dict(THEIRS[where])) as client:
        for path in paths(service.app):
            answer = client.post(path, data=FORM)
            assert answer.status_code in (401, 403), (path, answer.status_code)
            assert "set-cookie" not in answer.headers
    assert service.done == before


def test_looking_changes_nothing(service: Service) -> None:
    before = service.done
    headers = {"Authorization": f"Bearer {service.site.tokens[Role.OPERATE]}"}
    with service.client(headers) as client:
        for path in paths(service.app):
            if not path.endswith("/changes"):  # streams for ever
                for method in ("GET", "HEAD", "OPTIONS"):
                    answer = client.request(method, path, params=FORM | {"_method": "POST"})
                    assert answer.status_code < 500, (method, path)
    assert service.done == before


def test_a_request_without_end_is_not_read(service: Service) -> None:
    """Told before its body is read where it says how long that is, and cut where it does not."""
    before = service.done
    headers = {
        "Authorization": f"Bearer {service.site.tokens[Role.OPERATE]}",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    with service.client(headers) as client:
        for path in paths(service.app):
            for body in (b"x" * 2_000_000, iter([b"x" * 100_000] * 20)):
                answer = client.post(path, content=body)
                assert answer.status_code in (401, 405, 413) or path == "/logout", path  # which reads none
    assert service.done == before


@pytest.mark.parametrize(
    "path",
    [
        "/static/../app.py",
        "/static/%2e%2e/app.py",
        "/static/..%2f..%2fsettings.py",
        "/static//etc/passwd",
        "/static/%2fetc%2fpasswd",
        "/static/..\\app.py",
        "/static/page.css%00.html",
        "/static/vendor/",
        "/static/",
        "//evil.example/",
        "/runs/../../etc/passwd",
        "/runs/1%2f..%2fchanges",
        "/runs/-1",
        "/runs/99999999999999999999999999",
        "/resource?address=../../etc/passwd",
        "/resource?address=Domain/" + "a" * 60_000,
        "/?page=" + "9" * 5000,
        "/?q=%00%ff",
        "/?q=" + "%25" * 5000,
        "/runs?before=nan",
    ],
)
def test_no_address_leads_out_or_breaks_anything(service: Service, path: str) -> None:
    headers = {"Authorization": f"Bearer {service.site.tokens[Role.VIEW]}"}
    with service.client(headers) as client:
        answer = client.get(path)
    assert answer.status_code < 500, answer.text
    assert "root:" not in answer.text
    assert "from __future__" not in answer.text
    assert not answer.headers.get("location", "").startswith("//")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Hub-Signature-256": "sha256="},
        {"X-Hub-Signature-256": "sha256=" + "0" * 64},
        {"X-Hub-Signature": "sha1=" + "0" * 40},
        {"X-Gitea-Signature": "0" * 64, "X-Gitlab-Token": SECRET.decode()},
        {"X-Gitlab-Token": ""},
        {"X-Gitlab-Token": "agreed"},
        {"Authorization": "Bearer x"},
    ],
)
def test_a_forged_webhook_fetches_nothing(service: Service, headers: dict[str, str]) -> None:
    with service.client(headers) as client:
        assert client.post("/hooks/git", content=b"{}").status_code in (401, 403)
    assert service.fetched == []


def test_what_a_host_says_is_text_wherever_it_is_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Somebody wrote it into our guest's description: on the page, in metrics, in a pull request's comment (a
    block of code) and in the log it is visible characters, and no markup."""
    evil = "<script>alert(1)</script>|\n```\n*[x](javascript:1)" + " ".join(IN_XML.values())
    lab = Lab(tmp_path, capsys)
    lab.fleet(hv1=lab.uri("hv1"))
    lab.guest("web", state="stopped")
    assert lab("apply", "TREE", "--yes", "--state", str(tmp_path / "state.db")).code == 0
    host = lab.driver()
    seen = host.observe.one(Kind.DOMAIN, "web")
    assert seen is not None
    told = f"</name><description>{escape(evil)}</description>"
    host.lifecycle.define(Kind.DOMAIN, "web", seen.document.replace("</name>", told, 1))
    host.close()
    fleet = Fleet(lab)
    with fleet.running(observe=True), closing(fleet.state()) as state:
        fleet.until(lambda: state.standing(Address(Kind.DOMAIN, "web")) is not None)
        comment = lab("plan", "TREE", "--state", str(tmp_path / "state.db"), "-o", "markdown").out
        with TestClient(build_app(state, ServerSettings(), Hooks()), OUR) as client:
            paths = ("/", "/resource?address=Domain/web", "/metrics", "/map.json")
            pages = [client.get(path, headers={"Accept": "text/html"}).text for path in paths]
    assert "alert(1)" in comment
    assert "alert(1)" in pages[1]
    assert [line for line in comment.splitlines() if line.startswith("```")] == ["````text", "````"]
    assert not [text for text in (*pages, *fleet.log) if "<script>alert" in text]
    assert not [text for text in (comment, *pages, *fleet.log) if CONTROLS.search(text)]


def test_no_answer_tells_of_the_machine(service: Service, tmp_path: Path) -> None:
    """Neither where things lie, nor what it runs on, nor anybody's token."""
    secrets = [*service.site.tokens.values(), str(service.site.settings.tokens), "Traceback", "uvicorn"]
    for headers in ({}, {"Authorization": f"Bearer {service.site.tokens[Role.VIEW]}"}):
        with service.client(headers) as client:
            for path in (*paths(service.app), "/nothing", "/runs/7777"):
                if not path.endswith("/changes"):
                    answer = client.get(path)
                    told = answer.text + str(dict(answer.headers))
                    assert not [secret for secret in secrets if secret in told], path
