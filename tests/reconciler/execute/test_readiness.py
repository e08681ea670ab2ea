"""When a guest counts as ready."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from drivers.base import AddressSource, GuestAddress
from drivers.base.errors import Refused, Unsupported
from drivers.contract.complete import CompleteHost, open_complete
from reconciler.execute import readiness
from reconciler.execute.readiness import is_ready, known_addresses
from reconciler.operations import Await
from reconciler.plan.model import Outcome, Result
from specs.desired import StopPolicy
from specs.guests import Ready
from specs.identity import Kind
from tests.drivers.hosts.qemu_samples import QEMU_SAMPLES
from tests.reconciler.execute.fake import HOST, FakeDriver, Walk, act


@pytest.fixture
def uri(tmp_path: Path) -> str:
    """A simulated host whose guest `contract` runs, with an agent and a NIC on a network with DHCP."""
    uri = f"sim://{tmp_path}/sim.db"
    with closing(open_complete(uri, host="sim")) as driver:
        driver.lifecycle.define(Kind.NETWORK, "contract", QEMU_SAMPLES.network)
        driver.lifecycle.start(Kind.NETWORK, "contract")
        driver.lifecycle.define(Kind.DOMAIN, "contract", QEMU_SAMPLES.talker)
        driver.lifecycle.start(Kind.DOMAIN, "contract")
    return uri


@pytest.mark.parametrize(
    ("method", "missing"), [("agent", "its agent does not answer yet"), ("lease", "no lease yet")]
)
def test_a_guest_is_ready_once_it_has_booted(uri: str, method: str, missing: str) -> None:
    with closing(open_complete(f"{uri}?boot=1000s", host="sim")) as booting:
        assert is_ready(booting, "contract", Ready(method)) == missing
    with closing(open_complete(uri, host="sim")) as driver:
        assert is_ready(driver, "contract", Ready(method)) == ""


def test_a_guest_that_is_waited_for_without_a_condition_is_ready(uri: str) -> None:
    with closing(open_complete(f"{uri}?boot=1000s", host="sim")) as driver:
        assert is_ready(driver, "contract", Ready("none")) == ""


def test_a_guest_that_has_ended_is_an_error(uri: str) -> None:
    with closing(open_complete(uri, host="sim")) as driver:
        driver.lifecycle.stop(Kind.DOMAIN, "contract", StopPolicy(methods=(), force=True))
        with pytest.raises(Refused, match="not running"):
            is_ready(driver, "contract", Ready("lease"))


class Told:
    """A driver that knows addresses by source; None: that source is not to be had."""

    def __init__(self, **known: tuple[str, ...] | None) -> None:
        self._known = known

    @property
    def guest(self) -> Told:
        return self

    def addresses(self, name: str, source: AddressSource) -> tuple[GuestAddress, ...]:
        addresses = self._known.get(source.value, ())
        if addresses is None:
            raise Unsupported("no such source")
        return tuple(GuestAddress("52:54:00:00:00:01", address, source) for address in addresses)


def driver(**known: tuple[str, ...] | None) -> CompleteHost:
    return cast(CompleteHost, Told(**known))


@pytest.fixture
def port() -> Iterator[int]:
    """A port of this machine that accepts connections."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_port_that_accepts_connections(port: int) -> None:
    assert is_ready(driver(lease=("127.0.0.1",)), "web", Ready("tcp", port)) == ""


def test_any_of_its_addresses_will_do(port: int) -> None:
    both = driver(lease=(), arp=None, agent=("127.0.0.9", "127.0.0.1"))
    assert is_ready(both, "web", Ready("tcp", port)) == ""


def test_a_port_that_is_closed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        free = server.getsockname()[1]
    missing = is_ready(driver(lease=("127.0.0.1",)), "web", Ready("tcp", free))
    assert missing == f"port {free} of 127.0.0.1: Connection refused"


def test_no_address_no_port() -> None:
    assert is_ready(driver(arp=None, agent=None), "web", Ready("tcp", 22)) == "no address yet"


def test_the_first_source_that_knows_an_address_tells_it() -> None:
    known = driver(lease=None, agent=("10.0.0.1",), arp=("10.0.0.2",))
    assert [a.address for a in known_addresses(known, "web", AddressSource)] == ["10.0.0.1"]
    assert known_addresses(driver(lease=None, agent=None, arp=None), "web", AddressSource) == ()


# waiting for it


def waits(walk: Walk, ready: Ready, **values: Any) -> Outcome:
    action = replace(act("await"), operation=Await(ready))
    hosts = {HOST: cast(FakeDriver, driver(lease=()))}
    (outcome,) = walk.execute(action, hosts=hosts, **values).values()
    return outcome


def test_a_guest_that_is_not_ready_in_time_runs_on(walk: Walk) -> None:
    outcome = waits(walk, Ready("lease", timeout=0.05))
    assert outcome.result is Result.FAILED
    assert outcome.message == "it is not ready within 0.05 s: no lease yet (it runs on)"
    assert 0.05 <= outcome.seconds < 5


def test_whoever_stops_the_run_waits_for_no_guest(walk: Walk) -> None:
    cancel = threading.Event()
    threading.Timer(0.1, cancel.set).start()
    outcome = waits(walk, Ready("lease", timeout=60), cancel=cancel)
    assert outcome.result is Result.FAILED
    assert outcome.message == "stopped while it was waited for: no lease yet"
    assert outcome.seconds < 30


def test_a_guest_is_looked_at_again_until_it_is_ready(walk: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "_LOOK_AGAIN", 0.01)
    missing = iter(["no lease yet", "no lease yet", ""])
    monkeypatch.setattr(readiness, "is_ready", lambda *_: next(missing))
    assert waits(walk, Ready("lease", timeout=60)).result is Result.DONE
    assert next(missing, "looked no more") == "looked no more"


def test_more_guests_are_waited_for_than_are_worked_on(walk: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever waits holds up nobody who has something to do."""
    together = threading.Barrier(8, timeout=30)
    monkeypatch.setattr(readiness, "is_ready", lambda *_: "" if together.wait() >= 0 else "alone")
    waiting = [replace(act("await", f"d{n}"), operation=Await(Ready("lease"))) for n in range(8)]
    outcomes = walk.execute(*waiting, parallel=1)
    assert {outcome.result for outcome in outcomes.values()} == {Result.DONE}


def test_each_address_has_a_moment_to_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[tuple[object, object]] = []

    def connect(address: object, timeout: object) -> object:
        tried.append((address, timeout))
        raise TimeoutError

    monkeypatch.setattr(socket, "create_connection", connect)
    told = driver(lease=("10.0.0.1", "10.0.0.2"))
    assert is_ready(told, "web", Ready("tcp", 22)) == "port 22 of 10.0.0.2: no answer"
    assert tried == [(("10.0.0.1", 22), 2.0), (("10.0.0.2", 22), 2.0)]


def test_a_lease_tells_an_address_before_the_others_do() -> None:
    order = [AddressSource.LEASE, AddressSource.ARP, AddressSource.AGENT]
    assert list(readiness.BY_LEASE_FIRST) == order
