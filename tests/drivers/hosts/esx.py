"""A lone ESX of govmomi's simulator."""

from __future__ import annotations

from functools import partial

import pytest

from drivers.contract.host import ContractHost
from drivers.contract.seen import Seen
from tests.drivers.hosts.vcenter import FEATURES, SAMPLES, served

HOST = ContractHost(
    "esx", partial(served, esx=True), SAMPLES, FEATURES, marks=(pytest.mark.real,), seen=Seen.SIMULATOR
)
