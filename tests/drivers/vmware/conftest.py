"""A desk with machines on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.contract.complete import CompleteHost, open_complete
from tests.support.vmware import DesktopStandIn, vmware_desktop


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[DesktopStandIn]:
    with vmware_desktop(tmp_path / "desk") as desk:
        yield desk


@pytest.fixture
def host(desk: DesktopStandIn) -> Iterator[CompleteHost]:
    host = open_complete(f"vmware://{desk.machines}", host="desk")
    yield host
    host.close()
