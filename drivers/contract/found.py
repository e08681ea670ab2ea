"""The hosts that the suite is run against, wherever they are described."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from types import ModuleType

from drivers.contract.host import ContractHost

GROUP = "virt_reconcile.contract"
"""Entry points of modules that have HOST or HOSTS."""


@cache
def found_hosts(modules: tuple[str, ...]) -> tuple[ContractHost, ...]:
    """Those of the modules, then those of the installed packages. Raises ValueError where two have one
    name, or a module has none."""
    described = [*map(import_module, modules), *(point.load() for point in entry_points(group=GROUP))]
    hosts = tuple(host for module in dict.fromkeys(described) for host in _hosts(module))
    twice = sorted(name for name, times in Counter(host.name for host in hosts).items() if times > 1)
    if twice:
        raise ValueError(f"two hosts are called {', '.join(twice)}")
    return hosts


def _hosts(module: ModuleType) -> Iterable[ContractHost]:
    hosts: Iterable[ContractHost] | None = getattr(module, "HOSTS", None)
    if hosts is not None:
        return hosts
    if not hasattr(module, "HOST"):
        raise ValueError(f"{module.__name__} has neither HOST nor HOSTS")
    return (module.HOST,)
