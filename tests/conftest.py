"""Fixtures that several parts of the tests share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.support.session import session_host

if TYPE_CHECKING:
    from tests.support.daemons import LibvirtHost


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever uses a real host is marked `real`."""
    for item in items:
        if "libvirt_host" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.real)


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
