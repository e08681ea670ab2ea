"""Subscriptions that break off, that an older libvirt does not have, and that nobody waits for."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import libvirt
import pytest

from drivers.base import Change, Happening
from drivers.base.errors import Unreachable, Unsupported
from drivers.contract.complete import CompleteHost
from drivers.contract.heard import Heard
from drivers.libvirt import connection as connections
from drivers.libvirt.connection import Connection
from drivers.libvirt.facets import watch
from drivers.libvirt.facets.watch import LibvirtWatcher
from drivers.libvirt.happenings import EVENTS
from specs.identity import Kind
from tests.support.daemons import LibvirtHost

NETWORK = "<network><name>lan</name><ip address='10.9.0.1' prefix='24'/></network>"


OF_DOMAINS = [event for event in EVENTS if event.family == "domain"]
GIVEN: dict[int, tuple[object, ...]] = {
    libvirt.VIR_DOMAIN_EVENT_ID_LIFECYCLE: (libvirt.VIR_DOMAIN_EVENT_STARTED, 0),
    libvirt.VIR_DOMAIN_EVENT_ID_REBOOT: (),
    libvirt.VIR_DOMAIN_EVENT_ID_DISK_CHANGE: ("old", "new", "ide0", 0),
    libvirt.VIR_DOMAIN_EVENT_ID_BLOCK_JOB_2: ("vda", 1, 0),
}


def test_a_daemon_that_ends_is_a_loss_and_the_next_subscription_hears_again(
    driver: CompleteHost, libvirt_host: LibvirtHost
) -> None:
    heard = Heard(driver.watch)
    libvirt_host.kill()
    heard.wait(lambda: heard.lost == 1)
    with pytest.raises(Unreachable):
        driver.watch.events(heard.tell, heard.lose)
    libvirt_host.start()
    again = Heard(driver.watch)
    driver.lifecycle.define(Kind.NETWORK, "lan", NETWORK)
    again.wait_for(Happening.DEFINED, Kind.NETWORK, "lan")
    assert (heard.changes, heard.lost) == ([], 1)


def test_a_frozen_daemon_is_a_loss(
    driver: CompleteHost, libvirt_host: LibvirtHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And to end a subscription to it takes no time."""
    monkeypatch.setattr(watch, "_KEEPALIVE", (1, 1))
    heard, over = Heard(driver.watch), Heard(driver.watch)
    libvirt_host.freeze()
    try:
        begun = time.monotonic()
        over.end()
        assert time.monotonic() - begun < 1
        heard.wait(lambda: heard.lost == 1)
    finally:
        libvirt_host.thaw()
    assert over.lost == 0


def test_many_subscriptions_need_no_thread_each_and_leave_nothing_behind(
    driver: CompleteHost, libvirt_host: LibvirtHost
) -> None:
    before = threading.active_count()
    heard = [Heard(driver.watch) for _ in range(20)]
    assert threading.active_count() <= before
    assert clients(libvirt_host) > 20
    for each in heard:
        each.end()
    until = time.monotonic() + 60
    while clients(libvirt_host) > 20:
        assert time.monotonic() < until, "their connections are still open"
        time.sleep(0.05)


def clients(host: LibvirtHost) -> int:
    return host.run("ls", "-l", f"/proc/{host._daemon()}/fd").count("socket:")


def unsupported() -> libvirt.libvirtError:
    error = libvirt.libvirtError("unsupported event ID")
    error.err = (libvirt.VIR_ERR_NO_SUPPORT, libvirt.VIR_FROM_NONE, "no", 2, None, None, None, 0, 0)
    return error


class Handle:
    """A connection that knows some events, and that somebody may break."""

    def __init__(self, knows: Callable[[str, int], bool], breaks_at: int = -1) -> None:
        self.knows, self.breaks_at = knows, breaks_at
        self.registered: list[Any] = []
        self.forgotten: list[object] = []
        self.broken: Callable[..., None] = lambda *_: None
        self.closed = threading.Event()

    def registerCloseCallback(self, call: Callable[..., None], _: object) -> None:
        self.broken = call

    def unregisterCloseCallback(self) -> None:
        self.forgotten.append("close callback")

    def __getattr__(self, name: str) -> Any:
        if name.endswith("DeregisterAny"):
            return self.forgotten.append
        family = name.removesuffix("EventRegisterAny")

        def register(_: None, number: int, call: Callable[..., None], __: None) -> int:
            if len(self.registered) == self.breaks_at:
                self.broken(self, 1, None)
            if not self.knows(family, number):
                error = libvirt.libvirtError("unsupported event ID")
                error.err = (
                    libvirt.VIR_ERR_NO_SUPPORT,
                    libvirt.VIR_FROM_NONE,
                    "no",
                    2,
                    None,
                    None,
                    None,
                    0,
                    0,
                )
                raise error
            self.registered.append((family, number, call))
            return len(self.registered)

        return register

    def close(self) -> None:
        self.closed.set()


@pytest.fixture
def watcher(monkeypatch: pytest.MonkeyPatch) -> Callable[[Handle], LibvirtWatcher]:
    def watcher(handle: Handle) -> LibvirtWatcher:
        monkeypatch.setattr(connections, "open_handle", lambda *_, **__: handle)
        return LibvirtWatcher(Connection("test:///x", readonly=True))

    return watcher


def test_an_older_libvirt_tells_what_it_knows(watcher: Callable[[Handle], LibvirtWatcher]) -> None:
    handle = Handle(lambda family, number: family == "domain" and number < 10)
    heard = Heard(watcher(handle))
    lifecycle = handle.registered[0][2]
    lifecycle(handle, Named("web"), libvirt.VIR_DOMAIN_EVENT_STOPPED, 0, None)
    lifecycle(handle, Named("web"), libvirt.VIR_DOMAIN_EVENT_SHUTDOWN, 0, None)
    lifecycle(handle, Named("web"), 99, 99, None)
    assert heard.changes == [
        Change(Kind.DOMAIN, "web", Happening.STOPPED, "stopped: shutdown", 3.0),
        Change(Kind.DOMAIN, "web", Happening.CHANGED, "event 99"),
    ]
    heard.end()
    assert handle.closed.wait(60)
    assert len(handle.forgotten) == len(handle.registered) + 1, "each of them keeps the connection open"
    lifecycle(handle, Named("web"), libvirt.VIR_DOMAIN_EVENT_STARTED, 0, None)
    assert len(heard.changes) == 2


def test_a_hypervisor_that_tells_nothing_is_unsupported(
    watcher: Callable[[Handle], LibvirtWatcher],
) -> None:
    handle = Handle(lambda *_: False)
    with pytest.raises(Unsupported):
        Heard(watcher(handle))
    assert handle.closed.wait(60)


def test_a_connection_that_breaks_meanwhile_was_never_there(
    watcher: Callable[[Handle], LibvirtWatcher],
) -> None:
    handle, heard = Handle(lambda *_: True, breaks_at=3), Heard()
    with pytest.raises(Unreachable):
        watcher(handle).events(heard.tell, heard.lose)
    assert handle.closed.wait(60)
    assert heard.lost == 0


class Named:
    """What libvirt calls back with, as far as it is asked."""

    def __init__(self, name: str) -> None:
        self._name = name

    def name(self) -> str:
        return self._name


@pytest.mark.parametrize("event", OF_DOMAINS, ids=lambda event: str(event.number))
def test_every_event_of_a_domain_can_be_told(event: Any) -> None:
    """Each comes with what the binding gives its callback (libvirt.py, _dispatchDomainEvent…Callback)."""
    change = event.change(Named("web"), *GIVEN.get(event.number, ("ide0", 0)))
    assert (change.kind, change.name) == (Kind.DOMAIN, "web")
    assert change.detail
