"""Runs each test of the contract against every host that has the features it needs, and against no other.

A plugin of pytest: `pytest --pyargs drivers.contract` finds hosts by entry points of the group
`virt_reconcile.contract`, and in the modules that the setting `contract_hosts` or the option
`--contract-hosts` names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from drivers.contract.host import ContractHost

pytest.register_assert_rewrite("drivers.contract.bench", "drivers.contract.heard")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Where hosts are described."""
    words = "modules with HOST or HOSTS, against which the contract of drivers is run"
    parser.addini("contract_hosts", words, type="linelist", default=[])
    parser.getgroup("contract of drivers").addoption(
        "--contract-hosts", action="append", default=[], metavar="MODULE", help=words
    )


def pytest_configure(config: pytest.Config) -> None:
    """The words by which a test says what it needs and what it shows."""
    config.addinivalue_line("markers", "needs(*features): runs on hosts that have all these features")
    config.addinivalue_line("markers", "proves(*calls): fails when a driver ignores one of these calls")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each host that can do it."""
    if "contract_host" not in metafunc.fixturenames:
        return
    from drivers.contract.found import found_hosts

    config = metafunc.config
    hosts = found_hosts((*config.getini("contract_hosts"), *config.getoption("contract_hosts")))
    needed = _needs(metafunc.definition)
    able = [pytest.param(host, id=host.name, marks=host.marks) for host in hosts if needed <= host.features]
    metafunc.parametrize("contract_host", able)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Features that only some parameters of a test need are known here for the first time."""
    unable = {item for item in items if (host := host_of(item)) and not _needs(item) <= host.features}
    if unable:
        config.hook.pytest_deselected(items=list(unable))
        items[:] = [item for item in items if item not in unable]


def host_of(item: pytest.Item) -> ContractHost | None:
    """The host that a test of the contract is run against."""
    callspec = getattr(item, "callspec", None)
    found: ContractHost | None = callspec.params.get("contract_host") if callspec else None
    return found


def _needs(item: pytest.Item) -> set[object]:
    return {feature for mark in item.iter_markers("needs") for feature in mark.args}
