"""Changes are told as they happen, whoever makes them, for as long as somebody wants to know."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from drivers.base import Happening
from drivers.base.errors import Unreachable
from drivers.contract.bench import FORCE, NAMES, Bench, needs
from drivers.contract.features import Feature
from drivers.contract.heard import Heard
from drivers.contract.host import Connect
from specs.identity import Kind

TOLD = {
    Kind.DOMAIN: Feature.DOMAIN,
    Kind.NETWORK: Feature.NETWORK,
    Kind.STORAGE_POOL: Feature.POOL,
    Kind.SECRET: Feature.SECRET,
}


@needs(Feature.WATCH, Feature.SHARED)
@pytest.mark.parametrize("kind", [pytest.param(k, marks=needs(f), id=k) for k, f in TOLD.items()])
def test_definitions_are_told_over_any_connection(bench: Bench, connect: Connect, kind: Kind) -> None:
    reader = connect(readonly=True)
    heard = Heard(reader.watch)
    bench.define(kind)
    heard.wait(lambda: Happening.DEFINED in heard.of(kind, NAMES[kind]))
    bench.driver.lifecycle.undefine(kind, NAMES[kind])
    heard.wait(lambda: heard.of(kind, NAMES[kind])[-1] is Happening.REMOVED)
    assert heard.lost == 0
    heard.end()
    reader.close()


@needs(Feature.WATCH, Feature.SHARED, Feature.START_DOMAIN, Feature.SUSPEND)
def test_what_becomes_of_a_guest_is_told(bench: Bench) -> None:
    """A start may be told as more than that."""
    heard = Heard(bench.driver.watch)
    steps: list[tuple[Callable[[], object], Happening]] = [
        (bench.running, Happening.STARTED),
        (lambda: bench.driver.lifecycle.suspend("contract"), Happening.PAUSED),
        (lambda: bench.driver.lifecycle.resume("contract"), Happening.RESUMED),
        (lambda: bench.driver.lifecycle.stop(Kind.DOMAIN, "contract", FORCE), Happening.STOPPED),
    ]
    for step, told in steps:
        before = len(heard.changes)
        step()
        heard.wait_for(told, Kind.DOMAIN, "contract", since=before)


@needs(Feature.WATCH, Feature.SHARED, Feature.START_NETWORK)
def test_what_becomes_of_a_network_is_told(bench: Bench) -> None:
    bench.define(Kind.NETWORK)
    heard = Heard(bench.driver.watch)
    bench.driver.lifecycle.start(Kind.NETWORK, "contract")
    bench.driver.lifecycle.stop(Kind.NETWORK, "contract", FORCE)
    heard.wait(lambda: len(heard.changes) == 2)
    assert heard.of(Kind.NETWORK, "contract") == [Happening.STARTED, Happening.STOPPED]


@needs(Feature.WATCH, Feature.SHARED, Feature.NIC_HOTPLUG, Feature.DEVICE_EVENTS)
def test_devices_that_come_and_go_are_told(bench: Bench) -> None:
    bench.plugged()
    heard = Heard(bench.driver.watch)
    bench.driver.live.attach("contract", bench.sample("nic"))
    heard.wait(lambda: Happening.DEVICES in heard.of(Kind.DOMAIN, "contract"))


@needs(Feature.WATCH, Feature.SHARED, Feature.DOMAIN)
def test_nothing_is_told_to_those_who_have_had_enough(bench: Bench) -> None:
    over, heard = Heard(bench.driver.watch), Heard(bench.driver.watch)
    over.end()
    over.end()
    bench.define(Kind.DOMAIN)
    heard.wait(lambda: bool(heard.changes))
    assert (over.changes, over.lost) == ([], 0)


@needs(Feature.WATCH, Feature.SHARED)
def test_a_host_that_is_closed_is_a_loss_to_those_who_go_on(bench: Bench, connect: Connect) -> None:
    other = connect()
    over, heard = Heard(other.watch), Heard(other.watch)
    over.end()
    other.close()
    heard.wait(lambda: heard.lost == 1)
    other.close()
    heard.end()
    assert (over.lost, heard.lost) == (0, 1)
    with pytest.raises(Unreachable):
        other.watch.events(lambda _: None, lambda: None)
