"""Runs each test of the contract against every host that has the features it needs, and against no other.

A plugin of pytest: `pytest --pyargs drivers.contract` finds hosts by entry points of the group
`virt_reconcile.contract`, in the modules that the setting `contract_hosts` or the option
`--contract-hosts` names, and by the hook `pytest_contract_hosts`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from drivers.contract.host import ContractHost

pytest.register_assert_rewrite("drivers.contract.bench", "drivers.contract.heard")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Where hosts are described, and where is written what was seen of them."""
    words = "modules with HOST or HOSTS, against which the contract of drivers is run"
    parser.addini("contract_hosts", words, type="linelist", default=[])
    group = parser.getgroup("contract of drivers")
    group.addoption("--contract-hosts", action="append", default=[], metavar="MODULE", help=words)
    group.addoption(
        "--contract-results", type=Path, metavar="DIR", help="writes what each host was seen to do"
    )


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """The hook by which hosts are given."""
    from drivers.contract import hooks

    pluginmanager.add_hookspecs(hooks)


def pytest_configure(config: pytest.Config) -> None:
    """The words by which a test says what it needs and what it shows."""
    config.addinivalue_line("markers", "needs(*features): runs on hosts that have all these features")
    config.addinivalue_line("markers", "proves(*calls): fails when a driver ignores one of these calls")
    folder: Path | None = config.getoption("contract_results")
    if folder and not hasattr(config, "workerinput"):
        from drivers.contract.results import Results

        config.pluginmanager.register(Results(folder))


def pytest_contract_hosts(config: pytest.Config) -> tuple[ContractHost, ...]:
    """Those that settings, options and entry points name."""
    from drivers.contract.found import found_hosts

    return found_hosts((*config.getini("contract_hosts"), *config.getoption("contract_hosts")))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each host that can do it."""
    if "contract_host" not in metafunc.fixturenames:
        return
    given = metafunc.config.hook.pytest_contract_hosts(config=metafunc.config)
    hosts: list[ContractHost] = [host for some in given for host in some]
    needed = _needs(metafunc.definition)
    able = [pytest.param(host, id=host.name, marks=host.marks) for host in hosts if needed <= host.features]
    metafunc.parametrize("contract_host", able)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Features that only some parameters of a test need are known here for the first time."""
    asked = [item for item in items if "contract_host" in getattr(item, "fixturenames", ())]
    hosts = {item: host for item in asked if (host := host_of(item)) and _needs(item) <= host.features}
    unable = set(asked) - hosts.keys()
    if unable:
        config.hook.pytest_deselected(items=list(unable))
        items[:] = [item for item in items if item not in unable]
    if config.getoption("contract_results"):
        from drivers.contract.results import about

        for item, host in hosts.items():
            item.user_properties.append(about(host, _needs(item)))


def host_of(item: pytest.Item) -> ContractHost | None:
    """The host that a test of the contract is run against; None where no host can do what it needs."""
    from drivers.contract.host import ContractHost

    found = item.callspec.params["contract_host"] if hasattr(item, "callspec") else None
    return found if isinstance(found, ContractHost) else None


def _needs(item: pytest.Item) -> set[Any]:
    return {feature for mark in item.iter_markers("needs") for feature in mark.args}
