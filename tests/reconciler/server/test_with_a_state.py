"""The server over a state as it is, in SQLite: what a controller wrote is what is shown."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from reconciler.server.hooks import Hooks
from reconciler.server.serving import Server
from reconciler.server.settings import ListenAddress, ServerSettings
from specs.identity import Address, Kind
from state import OpenState, open_state
from state.commits import CommitNote, CommitStatus
from state.standings import Condition, HostStanding, Standing
from tests.reconciler.server.conftest import SAME_SITE, People
from tests.support.postgres import empty_state, session_postgres


@pytest.fixture
def store(tmp_path: Path) -> Iterator[OpenState]:
    """A fleet of one host, with one guest that has drifted."""
    with closing(open_state(f"{tmp_path}/state.db")) as store, store.join("run fleet") as member:
        assert member.beat(["hv1"]).keys() == {"hv1"}
        standing = Standing(Address(Kind.DOMAIN, "web"), "hv1", Condition.DRIFTED, cause="drifted")
        looked = HostStanding("hv1", "sim:1", looked=time.time())
        store.note_standings(looked, [standing], {}, ["web"])
        store.note_commit(CommitNote("c" * 40, CommitStatus.IN_FORCE, time.time()))
        yield store


def test_what_a_controller_wrote_is_shown_to_who_may_see_it(
    store: OpenState, guarded: ServerSettings, people: People
) -> None:
    server = Server(replace(guarded, listen=ListenAddress("::1", 0)), None, Hooks())
    server.start()
    try:
        with httpx.Client(base_url=f"http://{server.address}") as browser:
            assert browser.get("/readyz").status_code == 503
            server.show(store, "prod")
            assert browser.post("/login", data={"token": people.viewer}, headers=SAME_SITE).status_code == 303
            page = browser.get("/", headers={"Accept": "text/html"})
            assert page.status_code == 200
            assert "web" in page.text
            shown = httpx.get(
                f"http://{server.address}/metrics", headers={"Authorization": f"Bearer {people.viewer}"}
            ).text
    finally:
        server.stop(30)
    labels = '{host="hv1",kind="Domain",status="drifted"}'
    assert f"virt_reconcile_resources{labels} 1.0" in shown
    assert 'virt_reconcile_host_owned{host="hv1"} 1.0' in shown
    assert f'virt_reconcile_commit_info{{commit="{"c" * 40}"}} 1.0' in shown


def test_while_the_database_is_away_it_is_not_ready_and_says_so() -> None:
    database = session_postgres()
    with closing(open_state(empty_state(), fleet="prod")) as store:
        server = Server(ServerSettings(ListenAddress(port=0)), store, Hooks())
        server.start()
        try:
            with httpx.Client(base_url=f"http://{server.address}") as client:
                assert until_ready(client, 200) == "ready\n"
                database.stop()
                try:
                    away = until_ready(client, 503)
                    alive = client.get("/healthz").text
                finally:
                    database.start()
                assert until_ready(client, 200) == "ready\n"
        finally:
            server.stop(30)
    assert alive == "alive\n"
    assert away == "not ready: the state cannot be used; nothing is changed meanwhile\n"


def until_ready(client: httpx.Client, status: int) -> str:
    deadline = time.monotonic() + 60
    while (answer := client.get("/readyz", timeout=60)).status_code != status and time.monotonic() < deadline:
        time.sleep(0.1)
    assert answer.status_code == status
    return answer.text
