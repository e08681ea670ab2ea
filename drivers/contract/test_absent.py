"""What is not there is not found, what does not run is not changed, and what a kind cannot do is said."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from drivers.base import Move, NetworkChange, NetworkSection, SectionCommand, Text
from drivers.base.errors import DriverError, NotFound, Refused, Unsupported
from drivers.base.tunables import CpuParameter, CpuTune
from drivers.contract.bench import ABSENT, FORCE, MARK, NAMES, Bench, Pieces, needs, silent, whole
from drivers.contract.complete import CompleteHost
from drivers.contract.features import Feature
from drivers.contract.host import Connect
from specs.identity import Kind

Call = Callable[[CompleteHost, str], object]
HOST = "<host mac='52:54:00:c0:00:01' name='first' ip='192.168.213.9'/>"
ADD = NetworkChange(NetworkSection.DHCP_HOST, SectionCommand.ADD, HOST, 0)
IN_POOL, WITHOUT_POOL = "contract/absent.img", "absent/disk.img"

OF_DOMAINS: dict[str, Call] = {
    "undefine": lambda host, name: host.lifecycle.undefine(Kind.DOMAIN, name),
    "start": lambda host, name: host.lifecycle.start(Kind.DOMAIN, name),
    "stop": lambda host, name: host.lifecycle.stop(Kind.DOMAIN, name, FORCE),
    "suspend": lambda host, name: host.lifecycle.suspend(name),
    "resume": lambda host, name: host.lifecycle.resume(name),
    "set_autostart": lambda host, name: host.lifecycle.set_autostart(Kind.DOMAIN, name, True),
    "rename": lambda host, name: host.lifecycle.rename(name, "renamed"),
    "set_mark": lambda host, name: host.lifecycle.set_mark(Kind.DOMAIN, name, MARK),
    "agent_answers": lambda host, name: host.guest.agent_answers(name),
    "console": lambda host, name: host.guest.console(name),
}
LIVE: dict[str, Call] = {
    "attach": lambda host, name: host.live.attach(name, "<rng model='virtio'/>"),
    "detach": lambda host, name: host.live.detach(name, "<rng model='virtio'/>"),
    "update": lambda host, name: host.live.update(name, "<rng model='virtio'/>"),
    "set_memory": lambda host, name: host.live.set_memory(name, 1024),
    "set_vcpus": lambda host, name: host.live.set_vcpus(name, 1),
    "set_text": lambda host, name: host.live.set_text(name, Text.TITLE, "Title"),
    "tune": lambda host, name: host.live.tune(name, CpuTune(CpuParameter.SHARES, 512)),
}
CHANGED = {
    "attach": Feature.DISK_HOTPLUG,
    "detach": Feature.DISK_HOTPLUG,
    "update": Feature.NIC_UPDATE,
    "set_memory": Feature.MEMORY,
    "set_vcpus": Feature.VCPUS,
    "set_text": Feature.TEXT,
    "tune": Feature.TUNE,
}
"""What a host must have for these to be more than Unsupported."""

OF_OTHERS: dict[str, tuple[Feature, str, Call]] = {
    "network, undefine": (Feature.NETWORK, ABSENT, lambda h, n: h.lifecycle.undefine(Kind.NETWORK, n)),
    "network, start": (Feature.START_NETWORK, ABSENT, lambda h, n: h.lifecycle.start(Kind.NETWORK, n)),
    "network, stop": (Feature.START_NETWORK, ABSENT, lambda h, n: h.lifecycle.stop(Kind.NETWORK, n, FORCE)),
    "network, autostart": (
        Feature.NETWORK_AUTOSTART,
        ABSENT,
        lambda h, n: h.lifecycle.set_autostart(Kind.NETWORK, n, True),
    ),
    "network, update": (Feature.SECTIONS, ABSENT, lambda h, n: h.live.update_network(n, ADD)),
    "pool, undefine": (Feature.POOL, ABSENT, lambda h, n: h.lifecycle.undefine(Kind.STORAGE_POOL, n)),
    "pool, start": (Feature.START_POOL, ABSENT, lambda h, n: h.lifecycle.start(Kind.STORAGE_POOL, n)),
    "pool, stop": (Feature.START_POOL, ABSENT, lambda h, n: h.lifecycle.stop(Kind.STORAGE_POOL, n, FORCE)),
    "pool, autostart": (
        Feature.POOL_AUTOSTART,
        ABSENT,
        lambda h, n: h.lifecycle.set_autostart(Kind.STORAGE_POOL, n, True),
    ),
    "pool, build": (Feature.POOL, ABSENT, lambda h, n: h.lifecycle.build_pool(n)),
    "pool, refresh": (Feature.START_POOL, ABSENT, lambda h, n: h.lifecycle.refresh_pool(n)),
    "volume, undefine": (Feature.VOLUME, IN_POOL, lambda h, n: h.lifecycle.undefine(Kind.VOLUME, n)),
    "volume, undefine, no pool": (
        Feature.VOLUME,
        WITHOUT_POOL,
        lambda h, n: h.lifecycle.undefine(Kind.VOLUME, n),
    ),
    "volume, resize": (Feature.GROW, IN_POOL, lambda h, n: h.storage.resize(n, 1 << 30)),
    "volume, upload": (Feature.CONTENT, IN_POOL, lambda h, n: h.storage.upload(n, Pieces((b"x",)), silent)),
    "volume, download": (Feature.CONTENT, IN_POOL, lambda h, n: whole(h.storage.download(n))),
    "secret, undefine": (Feature.SECRET, "ceph:none", lambda h, n: h.lifecycle.undefine(Kind.SECRET, n)),
    "secret, value": (
        Feature.SECRET_VALUE,
        "ceph:none",
        lambda h, n: h.lifecycle.set_secret_value(n, b"x"),
    ),
    "filter, undefine": (Feature.FILTER, ABSENT, lambda h, n: h.lifecycle.undefine(Kind.NETWORK_FILTER, n)),
}


OF_GUESTS = {"agent_answers": (Feature.GUEST,), "console": (Feature.GUEST,)}
"""What these ask is a facet that a driver may lack."""


@needs(Feature.DOMAIN)
@pytest.mark.parametrize(
    "call",
    [
        *(pytest.param(call, marks=needs(Feature.LIVE), id=call) for call in LIVE),
        *(pytest.param(call, marks=needs(*OF_GUESTS.get(call, ())), id=call) for call in OF_DOMAINS),
    ],
)
def test_a_domain_that_is_not_there_is_not_found(bench: Bench, call: str) -> None:
    before = bench.define(Kind.DOMAIN)
    with pytest.raises(NotFound):
        ({**OF_DOMAINS, **LIVE})[call](bench.driver, ABSENT)
    assert bench.see(Kind.DOMAIN) == before


@pytest.mark.parametrize(
    "call", [pytest.param(call, marks=needs(feature), id=call) for call, (feature, _, _) in OF_OTHERS.items()]
)
def test_what_is_not_there_is_not_found(bench: Bench, call: str) -> None:
    _, name, ask = OF_OTHERS[call]
    if name == IN_POOL:
        bench.pool()
    with pytest.raises(NotFound):
        ask(bench.driver, name)


@pytest.mark.parametrize(
    "call", [pytest.param(call, marks=needs(Feature.DOMAIN, CHANGED[call]), id=call) for call in LIVE]
)
def test_what_does_not_run_is_not_changed_live(bench: Bench, call: str) -> None:
    before = bench.define(Kind.DOMAIN)
    with pytest.raises(Refused):
        LIVE[call](bench.driver, "contract")
    assert bench.see(Kind.DOMAIN) == before


@needs(Feature.SECTIONS)
def test_a_network_that_is_not_active_is_not_changed_live(bench: Bench) -> None:
    before = bench.define(Kind.NETWORK)
    with pytest.raises(Refused):
        bench.driver.live.update_network("contract", ADD)
    assert bench.see(Kind.NETWORK) == before


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param(Kind.SECRET, marks=needs(Feature.SECRET)),
        pytest.param(Kind.NETWORK_FILTER, marks=needs(Feature.FILTER)),
    ],
)
def test_what_cannot_be_started_says_so(bench: Bench, kind: Kind) -> None:
    before, calls = bench.define(kind), bench.driver.lifecycle
    asked: list[Callable[[], None]] = [
        lambda: calls.start(kind, NAMES[kind]),
        lambda: calls.stop(kind, NAMES[kind], FORCE),
        lambda: calls.set_autostart(kind, NAMES[kind], True),
    ]
    for ask in asked:
        with pytest.raises(Unsupported):
            ask()
    assert bench.see(kind) == before


@needs(Feature.VOLUME)
def test_a_volume_has_nothing_to_start(bench: Bench) -> None:
    bench.volume()
    name, calls = bench.name(Kind.VOLUME), bench.driver.lifecycle
    asked: list[Callable[[], None]] = [
        lambda: calls.start(Kind.VOLUME, name),
        lambda: calls.stop(Kind.VOLUME, name, FORCE),
        lambda: calls.set_autostart(Kind.VOLUME, name, True),
    ]
    for ask in asked:
        with pytest.raises(Unsupported):
            ask()


@needs(Feature.MOVE)
@pytest.mark.parametrize("live", [True, False])
def test_what_is_not_as_it_was_said_to_be_does_not_move(bench: Bench, connect: Connect, live: bool) -> None:
    """Nothing is left of it at its destination."""
    before = bench.define(Kind.DOMAIN) if live else bench.running()
    there = connect(neighbour=True)
    with pytest.raises(DriverError):
        bench.driver.move.move("contract", there, Move(live=live), lambda _: None, threading.Event())
    assert bench.see(Kind.DOMAIN) == before
    assert there.observe.one(Kind.DOMAIN, "contract") is None
    there.close()
