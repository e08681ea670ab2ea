"""Connections see the same, and those that are read-only change nothing."""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable
from operator import attrgetter

import pytest

from drivers.base import (
    Guests,
    Lifecycle,
    Live,
    Move,
    Mover,
    NetworkChange,
    NetworkSection,
    SectionCommand,
    Snapshots,
    Storage,
    Text,
)
from drivers.base.errors import Refused, Unreachable
from drivers.base.tunables import CpuParameter, CpuTune
from drivers.base.writing import writing
from drivers.contract.bench import (
    FORCE,
    MARK,
    Bench,
    Pieces,
    needs,
)
from drivers.contract.complete import CompleteHost
from drivers.contract.features import Feature
from drivers.contract.host import Connect
from specs.identity import Kind


@needs(Feature.SHARED, Feature.DOMAIN)
def test_two_connections_see_the_same(bench: Bench, connect: Connect) -> None:
    other = connect()
    bench.define(Kind.DOMAIN)
    assert other.observe.one(Kind.DOMAIN, "contract") == bench.see(Kind.DOMAIN)
    other.lifecycle.undefine(Kind.DOMAIN, "contract")
    assert bench.look(Kind.DOMAIN) is None
    other.close()


FACETS = {
    "lifecycle": Lifecycle,
    "live": Live,
    "storage": Storage,
    "guest": Guests,
    "move": Mover,
    "snapshots": Snapshots,
}
OPTIONAL = {
    "live": Feature.LIVE,
    "storage": Feature.STORAGE,
    "guest": Feature.GUEST,
    "move": Feature.MOVER,
    "snapshots": Feature.SNAPSHOTS,
}
WRITING = [
    pytest.param(f"{name}.{call}", id=f"{name}.{call}", marks=needs(*filter(None, [OPTIONAL.get(name)])))
    for name, facet in FACETS.items()
    for call in writing(facet)
]


def given_to(call: Callable[..., object], document: str, there: CompleteHost) -> list[object]:
    """Something for each positional argument of a call, by its name."""
    values = {
        "kind": Kind.DOMAIN,
        "name": "contract",
        "new_name": "contract-2",
        "document": document,
        "policy": FORCE,
        "autostart": True,
        "mark": MARK,
        "value": b"x",
        "device": "<rng model='virtio'/>",
        "kib": 1024,
        "count": 1,
        "text": Text.TITLE,
        "wanted": CpuTune(CpuParameter.SHARES, 5),
        "change": NetworkChange(NetworkSection.DHCP_HOST, SectionCommand.ADD, "<host/>"),
        "capacity": 1 << 30,
        "content": Pieces((b"x",)),
        "progress": lambda _: None,
        "source": "contract/y",
        "destination": there,
        "move": Move(live=False),
        "cancel": threading.Event(),
        "snapshot": "first",
        "description": "",
    }
    parameters = list(inspect.signature(call).parameters.values())
    return [values[p.name] for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]


@needs(Feature.SHARED, Feature.DOMAIN)
@pytest.mark.parametrize("call", WRITING)
def test_a_read_only_connection_refuses_every_call_that_changes_something(
    bench: Bench, connect: Connect, call: str
) -> None:
    before = bench.define(Kind.DOMAIN)
    reader = connect(readonly=True)
    method = attrgetter(call)(reader)
    given = given_to(method, before.document, bench.driver)
    with pytest.raises(Refused):
        method(*given)
    assert reader.observe.one(Kind.DOMAIN, "contract") == before
    reader.close()


def test_a_closed_connection_is_unreachable(driver: CompleteHost) -> None:
    driver.close()
    for call in (
        driver.observe.inventory,
        driver.capabilities,
        lambda: driver.observe.one(Kind.DOMAIN, "contract"),
        lambda: driver.lifecycle.start(Kind.DOMAIN, "contract"),
    ):
        with pytest.raises(Unreachable):
            call()
    driver.close()
