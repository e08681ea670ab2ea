"""A vCenter of the simulator for a module's tests, and connections to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from drivers.contract.complete import CompleteHost
from tests.support.vsphere import VsphereServer


@pytest.fixture(scope="module")
def server() -> Iterator[VsphereServer]:
    with VsphereServer(datastores=2) as running:
        yield running


@pytest.fixture
def host(server: VsphereServer) -> Iterator[CompleteHost]:
    opened = server.open("?cluster=DC0_C0&datastore=LocalDS_0")
    yield opened  # type: ignore[misc]
    opened.close()
