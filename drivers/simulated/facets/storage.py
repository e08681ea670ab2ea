"""Filling, reading, copying and growing volumes of a simulated host."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from drivers.base import Content
from drivers.simulated import faults, streams, volume
from drivers.simulated.gate import Gate


class SimulatedStorage:
    """drivers.base.Storage."""

    def __init__(self, gate: Gate) -> None:
        """Behind a gate that may be shared."""
        self._gate = gate

    def resize(self, name: str, capacity: int) -> None:
        """Grows a volume."""
        with self._gate.change("resize_volume", name) as host:
            volume.resize(host, name, capacity)

    def upload(self, name: str, content: Content, progress: Callable[[int], None]) -> None:
        """Writes a volume's bytes, a transaction a piece."""
        fault = self._gate.enter("upload_volume", name)
        streams.upload(self._gate.store, name, content, progress)
        faults.after(fault, "upload_volume", name)

    def download(self, name: str) -> Iterator[bytes | int]:
        """A volume's bytes, as they were when it was asked for."""
        with self._gate.look("download_volume", name) as host:
            return streams.download(host, name)

    def clone(self, name: str, document: str, source: str) -> None:
        """Creates a volume as a copy of another."""
        with self._gate.change("clone_volume", name) as host:
            streams.clone(host, name, document, source)
