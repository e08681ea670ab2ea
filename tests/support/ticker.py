"""The guest that counts ten times a second, on its console and on its disk, and watching it."""

from __future__ import annotations

import re
import threading
import time
from pathlib import Path
from types import TracebackType

from reconciler.lab.ticker import READY, TICK, disk_image

__all__ = ["READY", "TICK", "Watch", "disk_image", "tick_on_disk", "ticker_domain", "ticks"]


def ticker_domain(
    name: str, disk: Path | str, console: Path, *, devices: str = "", memory_mib: int = 64
) -> str:
    """A domain document that boots the ticker from a raw disk (its `disk_image()`) under TCG.

    Its console goes to the end of a file, so that it is one text however often the guest moves.
    """
    return f"""<domain type='qemu'>
  <name>{name}</name>
  <memory unit='MiB'>{memory_mib}</memory>
  <vcpu>1</vcpu>
  <os><type arch='x86_64' machine='pc'>hvm</type></os>
  <features><acpi/></features>
  <devices>
    <disk type='file' device='disk'>
      <driver name='qemu' type='raw' cache='none'/>
      <source file='{disk}'/><target dev='vda' bus='virtio'/>
    </disk>
    <serial type='file'><source path='{console}' append='on'/></serial>
    {devices}
  </devices>
</domain>"""


def ticks(console: Path) -> list[int]:
    """The numbers that the guest has counted so far; a restart begins at 1 again."""
    text = console.read_text(errors="replace") if console.exists() else ""
    return [int(number) for number in re.findall(rf"{TICK}(\d+)\r?\n", text)]


def tick_on_disk(disk: Path) -> int:
    """The last number that has reached the disk; 0 for none."""
    found = re.match(rf"{TICK}(\d+)".encode(), disk.read_bytes()[512:1024])
    return int(found[1]) if found else 0


class Watch:
    """Watches a console: `with Watch(console) as seen: ...; seen.longest_pause`, in seconds."""

    def __init__(self, console: Path) -> None:
        self.longest_pause = 0.0
        self._console, self._over = console, threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        size, since = -1, time.monotonic()
        while True:
            now, found = time.monotonic(), self._console.stat().st_size
            self.longest_pause = max(self.longest_pause, now - since)
            if found != size:
                size, since = found, now
            if self._over.wait(0.01):
                return
