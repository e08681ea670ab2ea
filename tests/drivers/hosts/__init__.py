"""The hosts that the contract suite runs against here, and what each can do: one file a host, which defines
`HOST`; the rest is found. A real host carries `marks=(pytest.mark.real,)`.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from drivers.contract.host import ContractHost

HOSTS: list[ContractHost] = [
    module.HOST
    for found in iter_modules(__path__)
    if hasattr(module := import_module(f"{__name__}.{found.name}"), "HOST")
]
