"""The whole way: a round of `run`, its notices, their letters, and a chat that gets them."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from drivers.simulated import faults
from tests.reconciler.cli.lab import Lab
from tests.reconciler.notify.servers import Posted, web_server

NOTIFY = "notify: [{name: chat, webhook: {url: {env: VR_CHAT}}}]"


@pytest.fixture
def lab(tmp_path, capsys, monkeypatch) -> Lab:  # type: ignore[no-untyped-def]
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    lab = Lab(tmp_path, capsys)
    lab.fleet()
    fleet = lab.tree / "fleet.yaml"
    fleet.write_text(fleet.read_text().replace("spec: {uuid", f"spec: {{{NOTIFY}, uuid", 1))
    lab.guest("web")
    return lab


@pytest.fixture
def chat(monkeypatch: pytest.MonkeyPatch) -> Iterator[Posted]:
    with web_server() as server:
        monkeypatch.setenv("VR_CHAT", server.url)
        yield server


def test_people_hear_of_what_fails_and_recovers(lab: Lab, chat: Posted) -> None:
    faults.inject(lab.path / "sim.db", "hv1", "start", "web", "refused", times=1)
    assert lab("run", "TREE", "--once").code == 1
    chat.wait(1)
    assert lab("run", "TREE", "--once").code == 0
    chat.wait(2)
    texts = [json.loads(body)["text"] for body in chat.bodies]
    assert texts[0].startswith("[shop] Domain/web on hv1 failed: start: ")
    assert texts[1] == "[shop] Domain/web on hv1 is as declared again (it was failed)"
    assert len(set(chat.keys)) == 2
