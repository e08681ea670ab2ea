"""The session: all hosts at once, what fails told apart."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from drivers.registry import open_driver
from drivers.simulated import faults
from drivers.simulated.driver import SimulatedDriver
from reconciler import session
from reconciler.plan import Options
from reconciler.plan.model import Status
from specs import load
from state import open_store

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


def statuses(tmp_path: Path, hosts: dict[str, str]) -> tuple[dict[str, Status], dict[str, str]]:
    desired = load(tmp_path / "tree", hosts)
    connections = session.connect(hosts, readonly=True)
    store = open_store(str(tmp_path / "state.db"), readonly=True)
    try:
        made = session.plan(desired, connections, store, Options()).plan
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
    monkeypatch.setattr(session, "PATIENCE", 0.5)
    faults.inject(tmp_path / "sim.db", "far", "observe", "*", "hang", times=-1)
    begun = time.monotonic()
    found, unreachable = statuses(tmp_path, hosts)
    assert time.monotonic() - begun < 5
    assert found["far"] is Status.UNREACHABLE
    assert unreachable == {"far": "did not answer within 0.5 s"}


def test_what_a_driver_stumbles_over_is_not_taken_as_absent(
    tmp_path: Path, hosts: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumbles(self: SimulatedDriver) -> None:
        raise ValueError("a mistake in the driver")

    monkeypatch.setattr(SimulatedDriver, "observe", stumbles)
    found, unreachable = statuses(tmp_path, hosts)
    assert set(found.values()) == {Status.UNREACHABLE}
    assert "internal error (ValueError: a mistake in the driver)" in unreachable["far"]


def test_all_hosts_are_asked_at_the_same_time(tmp_path: Path) -> None:
    slow = {f"h{n}": f"sim://{tmp_path}/sim.db?host=h{n}&delay=200ms" for n in range(8)}
    begun = time.monotonic()
    connections = session.connect(slow, readonly=True)
    assert time.monotonic() - begun < 1.2
    assert set(connections.drivers) == set(slow)
    connections.close()


def test_read_only_connections_cannot_write(tmp_path: Path, hosts: dict[str, str]) -> None:
    from drivers.errors import DriverError
    from specs.identity import Kind

    open_driver(hosts["near"], host="near").close()
    connections = session.connect(hosts, readonly=True)
    with pytest.raises(DriverError):
        connections.drivers["near"].undefine(Kind.DOMAIN, "near")
    connections.close()
