"""The bench of each test."""

from __future__ import annotations

from pathlib import Path

import pytest

from drivers.contract.complete import CompleteHost
from drivers.contract.host import ContractHost
from tests.drivers.contract.bench import (
    Bench,
)


@pytest.fixture
def bench(driver: CompleteHost, contract_host: ContractHost, tmp_path: Path) -> Bench:
    return Bench(driver, contract_host, tmp_path)
