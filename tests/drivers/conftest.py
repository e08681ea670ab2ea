"""Runs each contract test against every host that has the features it needs, and against no other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.contract.complete import CompleteHost
from drivers.contract.features import Feature
from drivers.contract.host import Connect, ContractHost
from tests.drivers.hosts import HOSTS


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "needs(*features): runs on hosts that have all these features")
    config.addinivalue_line("markers", "proves(*calls): fails when a driver ignores one of these calls")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "contract_host" not in metafunc.fixturenames:
        return
    needed: set[Feature] = set()
    for mark in metafunc.definition.iter_markers("needs"):
        needed.update(mark.args)
    able = [pytest.param(host, id=host.name, marks=host.marks) for host in HOSTS if needed <= host.features]
    metafunc.parametrize("contract_host", able)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Features that only some parameters of a test need are known here for the first time."""
    unable = [item for item in items if not _able(item)]
    if unable:
        config.hook.pytest_deselected(items=unable)
        items[:] = [item for item in items if item not in set(unable)]


def _able(item: pytest.Item) -> bool:
    host = item.callspec.params.get("contract_host") if hasattr(item, "callspec") else None
    needed = {feature for mark in item.iter_markers("needs") for feature in mark.args}
    return host is None or needed <= host.features


@pytest.fixture
def connect(contract_host: ContractHost, tmp_path: Path) -> Iterator[Connect]:
    with contract_host.ready(tmp_path) as connect:
        yield connect


@pytest.fixture
def driver(connect: Connect) -> Iterator[CompleteHost]:
    driver = connect()
    yield driver
    driver.close()
