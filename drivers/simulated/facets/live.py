"""Changing what runs on a simulated host."""

from __future__ import annotations

from drivers.base import NetworkChange, Text
from drivers.base.tunables import Tunable
from drivers.simulated import sections
from drivers.simulated.domain import hotplug, tune
from drivers.simulated.gate import Gate


class SimulatedLive:
    """drivers.base.Live."""

    def __init__(self, gate: Gate) -> None:
        """Behind a gate that may be shared."""
        self._gate = gate

    def attach(self, name: str, device: str) -> None:
        """Plugs a device in."""
        with self._gate.change("attach_device", name) as host:
            hotplug.attach(host, name, device)

    def detach(self, name: str, device: str) -> None:
        """Unplugs a device; a simulated guest lets go at once."""
        with self._gate.change("detach_device", name) as host:
            hotplug.detach(host, name, device)

    def update(self, name: str, device: str) -> None:
        """Changes a device in place."""
        with self._gate.change("update_device", name) as host:
            hotplug.update(host, name, device)

    def set_memory(self, name: str, kib: int) -> None:
        """Balloons the guest, which follows at once."""
        with self._gate.change("set_memory", name) as host:
            tune.set_memory(host, name, kib)

    def set_vcpus(self, name: str, count: int) -> None:
        """Plugs virtual CPUs in or out."""
        with self._gate.change("set_vcpus", name) as host:
            tune.set_vcpus(host, name, count)

    def set_text(self, name: str, text: Text, value: str) -> None:
        """Sets the title or the description."""
        with self._gate.change("set_text", name) as host:
            tune.set_text(host, name, text, value)

    def tune(self, name: str, wanted: Tunable) -> None:
        """Sets a tunable."""
        with self._gate.change("tune", name) as host:
            tune.tune(host, name, wanted)

    def update_network(self, name: str, change: NetworkChange) -> None:
        """Changes one entry of an active network."""
        with self._gate.change("update_network", name) as host:
            sections.update(host, name, change)
