"""A request that changes a machine, while it is put together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from drivers.native.machine import Machine
from drivers.vsphere.reading import Hardware

Backing = Callable[[str], Any]
"""The name of a network → what a network card is plugged into."""

_NEW = -100
"""New devices have negative keys, by which others of one request refer to them."""


@dataclass(slots=True)
class ConfigDraft:
    """A request while it is put together: the machine as it is, as it shall be, and what is asked for."""

    now: Hardware | None
    wanted: Machine
    networks: Backing
    device: Callable[[Any], Any]
    spec: Any
    keys: dict[str, int] = field(default_factory=dict)
    used: int = 0

    def new_key(self) -> int:
        """A key that no other device of the request has."""
        self.used += 1
        return _NEW - self.used

    def ask(self, device: Any, operation: str) -> None:
        """Asks for a device to be added, edited or removed; files stay whatever happens."""
        from pyVmomi import vim

        self.spec.deviceChange.append(vim.vm.device.VirtualDeviceSpec(operation=operation, device=device))

    def known(self, name: str) -> Any:
        """A device that is there, as it is."""
        assert self.now is not None
        return self.device(self.now.devices[name])
