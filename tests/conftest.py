"""Fixtures that several parts of the tests share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.support.session import session_fleet, session_host

if TYPE_CHECKING:
    from tests.support.daemons import HostFleet, LibvirtHost


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever uses a real host is marked `real`."""
    for item in items:
        if {"libvirt_host", "libvirt_fleet"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.real)


@pytest.fixture(scope="session", autouse=True)
def _state_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What `run` keeps outside of trees stays out of the machine's own place."""
    before = os.environ.get("XDG_STATE_HOME")
    os.environ["XDG_STATE_HOME"] = str(tmp_path_factory.mktemp("state-home"))
    yield
    if before is None:
        del os.environ["XDG_STATE_HOME"]
    else:
        os.environ["XDG_STATE_HOME"] = before


@pytest.fixture(scope="session")
def libvirt_host() -> LibvirtHost:
    """A host with a libvirtd of its own, one for the whole session."""
    return session_host()


@pytest.fixture
def empty_host(libvirt_host: LibvirtHost) -> Iterator[LibvirtHost]:
    """The session's host with nothing on it, emptied again afterwards."""
    libvirt_host.clear()
    yield libvirt_host
    libvirt_host.clear()


@pytest.fixture(scope="session")
def libvirt_fleet() -> HostFleet:
    """Three hosts that reach each other, hv1 to hv3, for the whole session."""
    return session_fleet()


@pytest.fixture
def hosts3(libvirt_fleet: HostFleet) -> Iterator[HostFleet]:
    """The session's three hosts with nothing on them, emptied again afterwards."""
    libvirt_fleet.clear()
    yield libvirt_fleet
    libvirt_fleet.clear()
