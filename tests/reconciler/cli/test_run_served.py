"""`run` as a service: a process of its own, asked over HTTP, watched by a manager, told to stop."""

from __future__ import annotations

import json
import os
import re
import socket
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from tests.reconciler.cli.lab import Lab

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


def test_a_service_is_asked_watched_and_stopped(shop: Lab, tmp_path: Path) -> None:
    tokens, log = tmp_path / "tokens", tmp_path / "log"
    token = shop("token", "vera", "--role", "view", "--tokens", str(tokens)).out.strip()
    manager = Manager(tmp_path)
    options = ("--interval", "1h", "--listen", "127.0.0.1:0", "--tokens", str(tokens), "--log-format", "json")
    environment = os.environ | manager.environment
    with (
        manager.socket,
        log.open("w") as errors,
        shop.popen("run", "TREE", *options, stderr=errors, env=environment) as process,
    ):
        try:
            manager.hears("READY=1")
            manager.hears("WATCHDOG=1")
            address = until(lambda: (found := LISTENING.search(log.read_text())) and found[1], "its address")
            bearer = {"Authorization": f"Bearer {token}"}
            with httpx.Client(base_url=f"http://{address}", headers=bearer) as client:
                until(lambda: client.get("/readyz").text == "ready\n", "readiness")
                assert client.get("/healthz").text == "alive\n"
                until(lambda: STARTED in client.get("/metrics").text, "its actions")
        finally:
            process.terminate()
        manager.hears("STOPPING=1")
        assert process.wait(timeout=PATIENCE) == 0
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert all({"time", "level", "event", "message"} <= line.keys() for line in lines)
    started = next(line for line in lines if line["message"].startswith("done: start Domain/web"))
    assert (started["event"], started["address"]) == ("action", "Domain/web")
    assert any(line["message"].startswith("stopping when the running actions") for line in lines)
