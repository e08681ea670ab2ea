"""Connections: kept between rounds, opened anew when they break or are declared otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from drivers.base import needed
from drivers.base.registry import open_host
from drivers.simulated import faults
from reconciler.engine import hosts as engine
from reconciler.engine.hosts import Hosts
from reconciler.engine.look import look
from specs.desired import DeclaredHost
from specs.diagnostics import Origin
from specs.guard import Guard
from specs.identity import Kind
from tests.support.daemons import LibvirtHost

DOMAIN = "<domain type='kvm'><name>web</name><memory>65536</memory><os><type>hvm</type></os></domain>"


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the hosts that were connected to, one by one."""
    names: list[str] = []

    def counting(*given: Any, host: str, **named: Any) -> Any:
        names.append(host)
        return open_host(*given, host=host, **named)

    monkeypatch.setattr(engine, "open_host", counting)
    return names


@pytest.fixture
def hosts() -> Iterator[Hosts]:
    hosts = Hosts(readonly=False)
    yield hosts
    hosts.close()


def declared(tmp_path: Path, *names: str) -> dict[str, DeclaredHost]:
    uri = f"sim://{tmp_path}/sim.db?host="
    return {name: DeclaredHost(name, uri + name, Origin("hosts.yaml")) for name in names}


def test_a_connection_is_kept_from_round_to_round(tmp_path: Path, hosts: Hosts, opened: list[str]) -> None:
    for line in (1, 7):  # where the file says so is no matter
        known = {
            n: replace(h, origin=Origin("hosts.yaml", line)) for n, h in declared(tmp_path, "a", "b").items()
        }
        hosts.reach(known, "tree")
        assert set(look(hosts).inventories) == {"a", "b"}
    assert sorted(opened) == ["a", "b"]


def test_a_connection_that_broke_is_opened_anew_in_the_same_round(
    tmp_path: Path, hosts: Hosts, opened: list[str]
) -> None:
    known = declared(tmp_path, "a", "b")
    hosts.reach(known, "tree")
    look(hosts)
    faults.inject(tmp_path / "sim.db", "b", "observe", "*", "unreachable")
    hosts.reach(known, "tree")
    seen = look(hosts)
    assert (set(seen.inventories), seen.unreachable) == ({"a", "b"}, {})
    assert opened.count("a") == 1
    assert opened.count("b") == 2


def test_a_host_that_goes_away_is_said_and_seen_again_when_it_comes_back(
    tmp_path: Path, hosts: Hosts, opened: list[str]
) -> None:
    known = declared(tmp_path, "a", "b")
    hosts.reach(known, "tree")
    look(hosts)
    faults.inject(tmp_path / "sim.db", "b", "*", "*", "unreachable", times=-1)
    for _ in range(2):
        hosts.reach(known, "tree")
        away = look(hosts)
        assert (set(away.inventories), set(away.unreachable)) == ({"a"}, {"b"})
        assert set(hosts.drivers) == {"a"}
    faults.clear(tmp_path / "sim.db")
    hosts.reach(known, "tree")
    back = look(hosts)
    assert (set(back.inventories), back.unreachable) == ({"a", "b"}, {})
    assert opened.count("a") == 1


def test_a_host_that_fails_at_first_sight_is_not_asked_twice(
    tmp_path: Path, hosts: Hosts, opened: list[str]
) -> None:
    faults.inject(tmp_path / "sim.db", "a", "observe", "*", "unreachable")
    hosts.reach(declared(tmp_path, "a"), "tree")
    assert set(look(hosts).unreachable) == {"a"}
    assert opened == ["a"]


def test_another_uri_or_another_policy_is_another_connection(
    tmp_path: Path, hosts: Hosts, opened: list[str]
) -> None:
    known = declared(tmp_path, "a", "b")
    hosts.reach(known, "tree")
    moved = known | {"b": replace(known["b"], uri=known["b"].uri + "&delay=0ms")}
    hosts.reach(moved, "tree")
    assert sorted(opened) == ["a", "b", "b"]
    hosts.reach(moved, "tree", Guard(untrusted=True))
    assert hosts.drivers == {}
    assert set(hosts.unreachable) == {"a", "b"}


def test_a_host_that_is_declared_no_more_is_let_go(tmp_path: Path, hosts: Hosts) -> None:
    hosts.reach(declared(tmp_path, "a", "b"), "tree")
    hosts.reach(declared(tmp_path, "a"), "tree")
    assert set(look(hosts).inventories) == {"a"}


def test_a_simulated_host_whose_file_is_replaced_is_another(tmp_path: Path, hosts: Hosts) -> None:
    """A connection that is kept must not go on looking at a file that nobody else has any more."""
    known = declared(tmp_path, "a")
    hosts.reach(known, "tree")
    needed.lifecycle(hosts.drivers["a"]).define(Kind.DOMAIN, "web", DOMAIN)
    assert (Kind.DOMAIN, "web") in look(hosts).inventories["a"].objects
    for file in tmp_path.glob("sim.db*"):
        file.unlink()
    hosts.reach(known, "tree")
    assert look(hosts).inventories["a"].objects == {}


@pytest.mark.real
def test_a_daemon_that_ends_and_starts_again(hosts: Hosts) -> None:
    with LibvirtHost() as host:
        known = {"hv": DeclaredHost("hv", host.qemu, Origin("hosts.yaml"))}
        hosts.reach(known, "tree")
        assert set(look(hosts).inventories) == {"hv"}
        host.kill()
        hosts.reach(known, "tree")
        assert set(look(hosts).unreachable) == {"hv"}
        host.start()
        hosts.reach(known, "tree")
        assert set(look(hosts).inventories) == {"hv"}
        host.restart()  # between two rounds: nobody sees it gone
        hosts.reach(known, "tree")
        assert set(look(hosts).inventories) == {"hv"}
