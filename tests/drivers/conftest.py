"""Runs each contract test against every host that has the features it needs, and against no other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.base import Driver
from tests.drivers.hosts import HOSTS, Connect, ContractHost, Feature


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "needs(*features): runs on hosts that have all these features")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "contract_host" not in metafunc.fixturenames:
        return
    needed: set[Feature] = set()
    for mark in metafunc.definition.iter_markers("needs"):
        needed.update(mark.args)
    able = [pytest.param(host, id=host.name, marks=host.marks) for host in HOSTS if needed <= host.features]
    metafunc.parametrize("contract_host", able)


@pytest.fixture
def connect(contract_host: ContractHost, tmp_path: Path) -> Iterator[Connect]:
    with contract_host.ready(tmp_path) as connect:
        yield connect


@pytest.fixture
def driver(connect: Connect) -> Iterator[Driver]:
    driver = connect()
    yield driver
    driver.close()
