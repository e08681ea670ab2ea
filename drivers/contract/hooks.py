"""What others may tell the suite by pytest's own means."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from drivers.contract.host import ContractHost


@pytest.hookspec()
def pytest_contract_hosts(config: pytest.Config) -> Iterable[ContractHost]:
    """Hosts against which the contract is run, beside those of other plugins."""
    raise NotImplementedError
