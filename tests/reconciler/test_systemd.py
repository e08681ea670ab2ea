"""What systemd is told, over a socket as it opens one."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.systemd import Manager, Pulse


class Listener:
    """The manager's end."""

    def __init__(self, address: str) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(address.replace("@", "\0", 1))
        self.socket.setblocking(False)
        self.environment = {"NOTIFY_SOCKET": address}

    def heard(self) -> list[str]:
        found = []
        while True:
            try:
                found.append(self.socket.recv(4096).decode())
            except BlockingIOError:
                return found


@pytest.fixture(params=["path", "abstract"])
def listener(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Listener]:
    abstract = request.param == "abstract"
    listener = Listener(f"@virt-reconcile-test-{os.getpid()}" if abstract else str(tmp_path / "notify"))
    yield listener
    listener.socket.close()


def test_it_is_told_in_words_that_stay_one_line(listener: Listener) -> None:
    manager = Manager.of(listener.environment)
    manager.ready()
    manager.status("3 hosts\nREADY=1\x1b[31m " + "x" * 500)
    manager.status("3 hosts\nREADY=1\x1b[31m " + "x" * 500)
    manager.stopping()
    manager.alive()
    ready, status, stopping = listener.heard()
    assert (ready, stopping) == ("READY=1", "STOPPING=1")
    assert status.startswith("STATUS=3 hosts\\nREADY=1\\x1b[31m xxx")
    assert len(status) < 300


def test_the_watchdog_is_fed_as_often_as_it_has_to_be(listener: Listener) -> None:
    manager = Manager.of(
        listener.environment | {"WATCHDOG_USEC": "3600000000", "WATCHDOG_PID": str(os.getpid())}
    )
    for _ in range(100):
        manager.alive()
    assert listener.heard() == ["WATCHDOG=1"]
    eager = Manager.of(listener.environment | {"WATCHDOG_USEC": "1"})
    for _ in range(3):
        eager.alive()
    assert listener.heard() == ["WATCHDOG=1"] * 3


@pytest.mark.parametrize(
    "environment",
    [{"WATCHDOG_USEC": "1000", "WATCHDOG_PID": "1"}, {"WATCHDOG_USEC": "soon"}, {"WATCHDOG_USEC": ""}, {}],
)
def test_without_a_watchdog_of_ours_it_is_not_fed(listener: Listener, environment: dict[str, str]) -> None:
    Manager.of(listener.environment | environment).alive()
    assert listener.heard() == []


@pytest.mark.parametrize("address", ["", "/nowhere/notify", "@nobody", "relative\0"])
def test_where_nobody_listens_nothing_ends(address: str) -> None:
    manager = Manager(address, 0.001)
    manager.ready()
    manager.alive()


def test_the_pulse_says_how_long_ago_it_was(listener: Listener) -> None:
    times = iter([10.0, 11.5, 14.0])
    pulse = Pulse(Manager.of(listener.environment | {"WATCHDOG_USEC": "1000000"}), lambda: next(times))
    pulse.beat()
    assert pulse.idle == 2.5
    assert listener.heard() == ["WATCHDOG=1"]
