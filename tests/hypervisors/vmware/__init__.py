"""VMware's desktop products, upon the stand-in of their programs: what takes too long for every run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from drivers.contract.features import Feature
from drivers.contract.host import ContractHost
from tests.drivers.hosts.vmware import HOST

LONG = ("tests/hypervisors/vmware/long.py",)


def prepare(cache: Path) -> None:
    """Nothing: the stand-in is made for each test."""


@contextmanager
def started(cache: Path) -> Iterator[ContractHost]:
    """The host of every run, with all that was ever declared of it."""
    yield replace(HOST, features=HOST.features | {Feature.SETTLE, Feature.EDIT})
