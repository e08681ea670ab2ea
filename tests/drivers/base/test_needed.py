"""A facet that a host lacks is said in words, by the same declaration offline and online."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest

from drivers.base import Host, needed
from drivers.base.errors import Unsupported
from drivers.libvirt.connection import Connection
from drivers.libvirt.host import LibvirtHost
from specs.checks.fitting import cannot_be_filled
from specs.matrix import by_scheme
from specs.matrix.model import Facet

ALL: dict[Facet, Callable[[Host], Any]] = {
    Facet.WATCH: needed.watch,
    Facet.LIFECYCLE: needed.lifecycle,
    Facet.LIVE: needed.live,
    Facet.STORAGE: needed.storage,
    Facet.GUEST: needed.guest,
    Facet.MOVE: needed.move,
    Facet.SNAPSHOTS: needed.snapshots,
    Facet.LOGS: needed.logs,
}


def bare(**facets: object) -> Host:
    lacking: dict[str, object] = {facet.value: None for facet in Facet}
    return cast(Host, SimpleNamespace(uri="thin://host", **{**lacking, **facets}))


@pytest.mark.parametrize("facet", Facet)
def test_what_a_host_lacks_is_unsupported_and_what_it_has_is_given(facet: Facet) -> None:
    with pytest.raises(Unsupported, match=r"^thin://host cannot "):
        ALL[facet](bare(**{facet: None}))
    here = object()
    assert ALL[facet](bare(**{facet: here})) is here


def test_a_host_says_the_same_offline_and_online() -> None:
    connection = cast(Connection, SimpleNamespace(uri="vmwareplayer:///session"))
    with pytest.raises(Unsupported) as said:
        needed.storage(LibvirtHost(connection, "hv1"))
    offline = cannot_be_filled(by_scheme("vmwareplayer"), "").removeprefix("a vmwareplayer host ")
    assert said.value.message.removeprefix("vmwareplayer:///session ") == offline
    assert cannot_be_filled(by_scheme("qemu"), "") == ""
