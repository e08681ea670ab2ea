"""`run` as a service: a process of its own, asked over HTTP, watched by a manager, woken, told to stop."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.reconciler.cli.lab import Lab
from tests.support.repositories import Upstream

PATIENCE = 60.0
STARTED = 'virt_reconcile_actions_total{outcome="done",verb="start"} 2.0'
LISTENING = re.compile(r"listening on (127\.0\.0\.1:\d+)")


def until(seen: Callable[[], object], what: str) -> str:
    """What is seen at last."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if found := seen():
            return str(found)
        time.sleep(0.05)
    raise AssertionError(f"never seen: {what}")


class Manager:
    """What systemd is to a service: where it reports, and what it said."""

    def __init__(self, folder: Path) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(folder / "notify"))
        self.socket.settimeout(PATIENCE)
        self.environment = {"NOTIFY_SOCKET": str(folder / "notify"), "WATCHDOG_USEC": "300000"}

    def hears(self, message: str) -> None:
        while self.socket.recv(4096).decode() != message:
            pass


@contextmanager
def service(
    lab: Lab, log: Path, source: str, *options: str, environment: Mapping[str, str], token: str = ""
) -> Iterator[tuple[subprocess.Popen[str], httpx.Client]]:
    """One that looks by itself once an hour, and who asks it; it is told to stop at the end."""
    words = ("run", source, "--interval", "1h", "--listen", "127.0.0.1:0", "--log-format", "json", *options)
    with (
        log.open("w") as errors,
        lab.popen(*words, stderr=errors, env=os.environ | environment) as process,
    ):
        try:
            address = until(lambda: (found := LISTENING.search(log.read_text())) and found[1], "its address")
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            with httpx.Client(base_url=f"http://{address}", headers=headers, timeout=PATIENCE) as client:
                until(lambda: client.get("/readyz").text == "ready\n", "readiness")
                yield process, client
        finally:
            process.terminate()


def test_a_service_is_asked_watched_and_stopped(shop: Lab, tmp_path: Path) -> None:
    tokens, log = tmp_path / "tokens", tmp_path / "log"
    token = shop("token", "vera", "--role", "view", "--tokens", str(tokens)).out.strip()
    manager = Manager(tmp_path)
    given = ("TREE", "--tokens", str(tokens))
    with manager.socket:
        with service(shop, log, *given, environment=manager.environment, token=token) as (process, client):
            manager.hears("READY=1")
            manager.hears("WATCHDOG=1")
            manager.hears("STATUS=fleet shop: works 1 of 1 hosts")
            assert client.get("/healthz").text == "alive\n"
            until(lambda: STARTED in client.get("/metrics").text, "its actions")
        manager.hears("STOPPING=1")
        assert process.returncode == 0
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert all({"time", "level", "event", "message"} <= line.keys() for line in lines)
    started = next(line for line in lines if line["message"].startswith("done: start Domain/web"))
    assert (started["event"], started["address"], started["run"]) == ("action", "Domain/web", 1)
    assert any(line["message"].startswith("stopping when the running actions") for line in lines)


def test_a_signed_call_has_a_new_commit_fetched_and_done(shop: Lab, tmp_path: Path) -> None:
    upstream = Upstream(tmp_path / "upstream")
    upstream.commit({path.name: path.read_text() for path in shop.tree.glob("*.yaml")})
    secret = {"HOOK": "agreed upon", "XDG_STATE_HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)}
    given = (upstream.url, "--fetch-interval", "1h", "--webhook-secret", "env:HOOK")
    with service(shop, tmp_path / "log", *given, environment=secret) as (_, client):
        body = b'{"ref": "refs/heads/main"}'
        for key, status in ((b"guessed", 401), (b"agreed upon", 202)):
            commit = upstream.commit({"none.yaml": f"# {key.decode()}\n"})
            signed = f"sha256={hmac.new(key, body, hashlib.sha256).hexdigest()}"
            answer = client.post("/hooks/git", content=body, headers={"X-Hub-Signature-256": signed})
            assert answer.status_code == status
        in_force = f'virt_reconcile_commit_info{{commit="{commit}"}} 1.0'
        until(lambda: in_force in client.get("/metrics").text, "the commit in force")
