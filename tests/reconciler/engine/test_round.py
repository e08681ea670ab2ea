"""The session: all hosts at once, what fails told apart."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from drivers.base import Knowledge
from drivers.contract.complete import open_complete
from drivers.simulated import faults
from drivers.simulated.facets.observe import SimulatedObserver
from reconciler.engine import at_once
from reconciler.engine.hosts import connect
from reconciler.engine.round import plan
from reconciler.plan import Options
from reconciler.plan.model import Status
from specs.compiling.loader import load
from specs.desired import DeclaredHost
from specs.diagnostics import Origin
from specs.secret_source import SecretSource
from state import open_state
from tests.support.policy import TRUSTING

TREE = """
apiVersion: virt-reconcile/v1
kind: Domain
metadata: {name: near}
spec: {memory: 1GiB, host: near}
---
apiVersion: virt-reconcile/v1
kind: Domain
metadata: {name: far}
spec: {memory: 1GiB, host: far}
"""


@pytest.fixture
def hosts(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "all.yaml").write_text(TREE)
    return {name: f"sim://{tmp_path}/sim.db?host={name}" for name in ("near", "far")}


def declared(hosts: dict[str, str]) -> dict[str, DeclaredHost]:
    return {name: DeclaredHost(name, uri, Origin("test")) for name, uri in hosts.items()}


def statuses(tmp_path: Path, hosts: dict[str, str]) -> tuple[dict[str, Status], dict[str, str]]:
    desired = load(tmp_path / "tree", hosts)
    connections = connect(desired.hosts, desired.root, readonly=True)
    store = open_state(str(tmp_path / "state.db"), readonly=True)
    try:
        made = plan(desired, connections, store, Options()).plan
    finally:
        store.close()
        connections.close()
    return {v.address.name: v.status for v in made.verdicts}, dict(made.unreachable)


def test_all_hosts_are_looked_at(tmp_path: Path, hosts: dict[str, str]) -> None:
    assert statuses(tmp_path, hosts) == ({"near": Status.CREATE, "far": Status.CREATE}, {})


@pytest.mark.parametrize("call", ["open", "observe", "capabilities"])
def test_a_host_that_fails_hinders_no_other(tmp_path: Path, hosts: dict[str, str], call: str) -> None:
    faults.inject(tmp_path / "sim.db", "far", call, "*", "unreachable", times=-1)
    found, unreachable = statuses(tmp_path, hosts)
    assert found == {"near": Status.CREATE, "far": Status.UNREACHABLE}
    assert list(unreachable) == ["far"]


def test_a_host_that_hangs_is_left_behind(
    tmp_path: Path, hosts: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(at_once, "PATIENCE", 3.0)
    faults.inject(tmp_path / "sim.db", "far", "observe", "*", "hang", times=-1)
    begun = time.monotonic()
    found, unreachable = statuses(tmp_path, hosts)
    assert time.monotonic() - begun < 30
    assert found["far"] is Status.UNREACHABLE
    assert unreachable == {"far": "did not answer within 3 s"}


def test_what_a_driver_stumbles_over_is_not_taken_as_absent(
    tmp_path: Path, hosts: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumbles(self: SimulatedObserver, known: Knowledge) -> None:
        raise ValueError("a mistake in the driver")

    monkeypatch.setattr(SimulatedObserver, "inventory", stumbles)
    found, unreachable = statuses(tmp_path, hosts)
    assert set(found.values()) == {Status.UNREACHABLE}
    assert "internal error (ValueError: a mistake in the driver)" in unreachable["far"]


def test_all_hosts_are_asked_at_the_same_time(tmp_path: Path) -> None:
    slow = {f"h{n}": f"sim://{tmp_path}/sim.db?host=h{n}&delay=1s" for n in range(8)}
    begun = time.monotonic()
    connections = connect(declared(slow), ".", readonly=True)
    assert time.monotonic() - begun < 6
    assert set(connections.drivers) == set(slow)
    connections.close()


LOGIN = """
<node>
  <cpu><mhz>2000</mhz><model>x</model><active>4</active><nodes>1</nodes><sockets>1</sockets>
  <cores>4</cores><threads>1</threads></cpu>
  <memory>8000000</memory>
  <auth><user password='correct horse'>me</user></auth>
</node>
"""


def log_in(tmp_path: Path, **password: Any) -> dict[str, str]:
    """What a host that asks for a name and a password says; {} when it lets us in."""
    (tmp_path / "node.xml").write_text(LOGIN)
    (tmp_path / "right").write_text("correct horse\n")
    (tmp_path / "wrong").write_text("battery staple\n")
    (tmp_path / "binary").write_bytes(b"battery\xff")
    given: tuple[tuple[str, SecretSource], ...] = ()
    if password:
        given = (("authname", SecretSource(text="me")), ("passphrase", SecretSource(**password)))
    host = DeclaredHost("hv", f"test://{tmp_path}/node.xml", Origin("test"), credentials=given)
    connections = connect({"hv": host}, str(tmp_path), readonly=True, guard=TRUSTING)
    for driver in connections.drivers.values():
        driver.observe.inventory()
    connections.close()
    return dict(connections.unreachable)


def test_credentials_are_read_when_a_host_asks_for_them(tmp_path: Path) -> None:
    assert log_in(tmp_path, file="right") == {}
    assert log_in(tmp_path, command=("echo", "correct horse")) == {}


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ({"file": "none"}, "its credentials cannot be had: the file none cannot be read"),
        ({"file": "binary"}, "its credentials cannot be had: the file binary does not hold text"),
        ({"file": "wrong"}, "authentication failed"),
        ({"env": "NO_SUCH_VARIABLE"}, "the environment variable NO_SUCH_VARIABLE is not set"),
        ({}, "Host.spec.credentials"),
    ],
)
def test_a_host_that_does_not_let_us_in_is_unreachable(
    tmp_path: Path, password: dict[str, object], said: str
) -> None:
    unreachable = log_in(tmp_path, **password)
    assert said in unreachable["hv"]
    assert "battery" not in unreachable["hv"]
    assert "internal error" not in unreachable["hv"]


def test_read_only_connections_cannot_write(tmp_path: Path, hosts: dict[str, str]) -> None:
    from drivers.base import needed
    from drivers.base.errors import DriverError
    from specs.identity import Kind

    open_complete(hosts["near"], host="near").close()
    connections = connect(declared(hosts), ".", readonly=True)
    with pytest.raises(DriverError):
        needed.lifecycle(connections.drivers["near"]).undefine(Kind.DOMAIN, "near")
    connections.close()
