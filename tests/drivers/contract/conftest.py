"""The bench of each test."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.drivers.contract.bench import (
    Bench,
)
from tests.drivers.hosts import ContractHost
from tests.support.complete import CompleteHost


@pytest.fixture
def bench(driver: CompleteHost, contract_host: ContractHost, tmp_path: Path) -> Bench:
    return Bench(driver, contract_host, tmp_path)
