"""What is wrong is told on a page of its own."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from reconciler.server.app import build_app
from reconciler.server.hooks import Hooks
from reconciler.server.nothing import no_state
from reconciler.server.settings import ServerSettings
from tests.reconciler.server.pages.page import Shown


@pytest.mark.parametrize("path", ["/", "/runs", "/runs/1", "/hosts", "/commits", "/decisions", "/map.json"])
def test_without_a_state_nothing_is_shown_as_well_and_the_page_asks_again(path: str) -> None:
    app = build_app(no_state(), ServerSettings(), Hooks())
    with TestClient(app, "http://127.0.0.1:8411", headers={"Accept": "text/html"}) as client:
        answer = client.get(path)
    page = Shown(answer.text)
    assert answer.status_code == 503
    assert page.texts("//h1") == ["Service Unavailable"]
    assert page.find("//meta[@http-equiv='refresh']/@content") == ["5"]
    assert page.find("//*[@data-tone]") == []


def test_what_is_not_there_is_not_asked_for_again(viewer: TestClient) -> None:
    answer = viewer.get("/nothing")
    assert answer.status_code == 404
    assert Shown(answer.text).find("//meta[@http-equiv]") == []
