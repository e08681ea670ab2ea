"""Each test's host, connection and bench."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.contract.bench import Bench
from drivers.contract.complete import CompleteHost
from drivers.contract.host import Connect, ContractHost


@pytest.fixture
def connect(contract_host: ContractHost, tmp_path: Path) -> Iterator[Connect]:
    """What opens connections to the host, prepared for this test."""
    with contract_host.ready(tmp_path) as connect:
        yield connect


@pytest.fixture
def driver(connect: Connect) -> Iterator[CompleteHost]:
    """A connection to the host."""
    driver = connect()
    yield driver
    driver.close()


@pytest.fixture
def bench(driver: CompleteHost, contract_host: ContractHost, tmp_path: Path) -> Bench:
    """A connection to the host, with its samples."""
    return Bench(driver, contract_host, tmp_path)
