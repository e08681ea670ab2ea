"""Controllers as processes, each with an address of its own, by which the hosts' logs tell them apart."""

from __future__ import annotations

import os
import signal
import struct
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from reconciler.lab import switch as switches
from reconciler.lab.holder import NamespaceHolder
from reconciler.lab.switch import PREFIX, Switch

_CLOCK = Path(__file__).with_name("clock.c")
_HOLD = Path(switches.__file__).with_name("switch.sh")


class Place:
    """A network namespace on the hosts' switch, for processes of ours."""

    def __init__(self, name: str, number: int, switch: Switch, log: Path) -> None:
        self.name, self.address = name, f"{PREFIX}.{100 + number}"
        self._holder = NamespaceHolder(["unshare", "--net", "bash", str(_HOLD)], log)
        switch.plug(name, self._holder.process.pid, self.address)

    def inside(self, *command: str) -> list[str]:
        """A command line that runs another in here."""
        return ["nsenter", "--net", "--target", str(self._holder.process.pid), "--", *command]

    def cut(self) -> None:
        """Takes it off the network."""
        subprocess.run(self.inside("ip", "link", "set", "eth0", "down"), check=True, timeout=30)

    def mend(self) -> None:
        """Connects it again."""
        subprocess.run(self.inside("ip", "link", "set", "eth0", "up"), check=True, timeout=30)

    def close(self) -> None:
        """Ends it with all that runs there."""
        self._holder.end()


class ControllerProcess:
    """One controller: `arguments` are those of `virt-reconcile`. Its clock is stepped by `step`."""

    def __init__(self, place: Place, arguments: Sequence[str], folder: Path) -> None:
        self.place, self._arguments = place, arguments
        self.log = folder / f"{place.name}.log"
        self._clock = folder / f"{place.name}.clock"
        self._clock.write_bytes(bytes(8))
        shim = folder / "clock.so"
        if not shim.exists():
            subprocess.run(["cc", "-O1", "-shared", "-fPIC", "-o", shim, _CLOCK], check=True, timeout=60)
        own = {f"XDG_{what}_HOME": str(folder / place.name / what) for what in ("STATE", "CACHE")}
        self._environment = {"LD_PRELOAD": str(shim), "CLOCK_STEP": str(self._clock), **own}
        self._process: subprocess.Popen[bytes] | None = None
        self._said = 0

    @property
    def pid(self) -> int:
        """Its process."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Starts it, as a service manager does after it has ended."""
        command = self.place.inside(sys.executable, "-m", "reconciler.cli.main", *self._arguments)
        self._said = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **self._environment},
            )

    def speaks(self) -> bool:
        """Whether it has said something since it was started: by then it knows how to end well."""
        return self.log.stat().st_size > self._said

    def send(self, number: signal.Signals) -> None:
        """Sends it a signal."""
        assert self._process is not None
        self._process.send_signal(number)

    def kill(self) -> None:
        """SIGKILL."""
        self.send(signal.SIGKILL)
        self.wait()

    def stop(self, seconds: float = 60) -> int:
        """SIGTERM; its exit code."""
        self.send(signal.SIGCONT)
        self.send(signal.SIGTERM)
        return self.wait(seconds)

    def wait(self, seconds: float = 60) -> int:
        """Waits until it has ended; its exit code."""
        assert self._process is not None
        return self._process.wait(seconds)

    def ended(self) -> int | None:
        """Its exit code, if it has ended."""
        assert self._process is not None
        return self._process.poll()

    def step(self, seconds: int) -> None:
        """Steps its clock to so many seconds beside the real one; monotonic clocks go on."""
        with self._clock.open("r+b") as file:
            file.write(struct.pack("q", seconds))

    def said(self) -> str:
        """The end of what it logged."""
        return self.log.read_text(errors="replace")[-1500:]

    @property
    def memory(self) -> int:
        """Its resident memory in KiB; 0 when it has ended."""
        try:
            status = Path(f"/proc/{self.pid}/status").read_text()
        except OSError:
            return 0
        line = next((line for line in status.splitlines() if line.startswith("VmRSS")), "VmRSS: 0 kB")
        return int(line.split()[1])

    def end(self) -> None:
        """Ends it, whatever became of it."""
        if self._process is not None and self._process.poll() is None:
            self.kill()
