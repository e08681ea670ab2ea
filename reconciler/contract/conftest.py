"""The host of each test, prepared, and a tree for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from drivers.contract.complete import CompleteHost
from drivers.contract.conftest import connect, driver
from drivers.contract.host import ContractHost
from reconciler.contract.settling import HostTree

__all__ = ["connect", "driver"]


@pytest.fixture
def settling(
    driver: CompleteHost,
    contract_host: ContractHost,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> HostTree:
    """A tree that declares the host."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state-home"))
    return HostTree(tmp_path, driver, contract_host.specimens, capsys)
