"""A host that says nothing any more."""

from __future__ import annotations

import threading
import time

import pytest

from drivers.base.errors import Unreachable
from drivers.contract.complete import CompleteHost, open_complete
from drivers.libvirt import connection, opening
from specs.identity import Kind
from tests.support.daemons import LibvirtHost

pytestmark = pytest.mark.usefixtures("impatient")
NETWORK = "<network><name>lan</name><ip address='10.9.0.1' prefix='24'/></network>"


def test_a_call_under_way_is_given_up(
    driver: CompleteHost, libvirt_host: LibvirtHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "_SILENCE", 1.0)
    took: list[float] = []

    def call() -> None:
        begun = time.monotonic()
        with pytest.raises(Unreachable, match=r"keepalive|did not answer"):
            driver.observe.inventory()
        took.append(time.monotonic() - begun)

    libvirt_host.freeze()
    try:
        callers = [threading.Thread(target=call) for _ in range(3)]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join(60)
    finally:
        libvirt_host.thaw()
    assert len(took) == len(callers)
    assert max(took) < 12
    time.sleep(1)
    driver.lifecycle.define(Kind.NETWORK, "lan", NETWORK)
    assert (Kind.NETWORK, "lan") in driver.observe.inventory().objects


def test_only_the_first_waits_to_be_let_in(
    driver: CompleteHost, libvirt_host: LibvirtHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "PATIENCE", 1.0)
    monkeypatch.setattr(connection, "_SILENCE", 1.0)
    libvirt_host.restart()
    libvirt_host.freeze()
    try:
        begun = time.monotonic()
        with pytest.raises(Unreachable, match="did not answer within 1 s"):
            open_complete(libvirt_host.qemu, host="hv1")
        for _ in range(20):
            with pytest.raises(Unreachable, match="did not answer within 1 s"):
                driver.lifecycle.define(Kind.NETWORK, "lan", NETWORK)
        assert time.monotonic() - begun < 12
    finally:
        libvirt_host.thaw()
    time.sleep(1)
    driver.lifecycle.define(Kind.NETWORK, "lan", NETWORK)
    assert driver.observe.one(Kind.NETWORK, "lan")
