"""Processes that hold namespaces open."""

from __future__ import annotations

import os
import select
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from reconciler.lab.errors import LabError

_END_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Process:
    """A process as it can be found again later: `started` is in clock ticks after the boot `boot`, so
    that a process which merely got the same number is never taken for it."""

    pid: int
    started: str
    boot: str

    @classmethod
    def of(cls, pid: int) -> Process:
        """A living process. Raises ProcessLookupError when there is none."""
        try:
            state, *fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError as error:
            raise ProcessLookupError(f"no process {pid}") from error
        if state == "Z":
            raise ProcessLookupError(f"process {pid} has ended")
        return cls(pid, fields[18], Path("/proc/sys/kernel/random/boot_id").read_text().strip())

    def lives(self) -> bool:
        """Whether it still runs."""
        try:
            return Process.of(self.pid) == self
        except ProcessLookupError:
            return False

    def first_inside(self) -> int:
        """The first process of the namespaces that it holds; 0 when there is none."""
        try:
            children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        except OSError:
            return 0
        return int(children[0]) if children else 0

    def end(self) -> None:
        """Ends it and all that is in its namespaces, and waits until they are gone."""
        try:
            holder = os.pidfd_open(self.pid)
        except ProcessLookupError:
            return
        try:
            if self.lives():
                _end(self.first_inside())
                _kill(holder)
        finally:
            os.close(holder)


class NamespaceHolder:
    """A process that holds namespaces open and does what it is told, one shell command a line.

    It ends with everything in it when it is told to, and when we die, however that happens; once it is
    released, only when it is told to. Raises LabError when it does not come up.
    """

    def __init__(self, command: Sequence[str], log: Path) -> None:
        with log.open("a") as errors:
            self._shell = subprocess.Popen(  # noqa: S603 - a command of ours
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                cwd="/",
                start_new_session=True,
                text=True,
            )
        if self._heard() != "ready":
            self.end()
            raise LabError(f"the machine allows no namespaces of our own: {log.read_text().strip()}")
        self.process = Process.of(self._shell.pid)

    def tell(self, command: str) -> None:
        """Has it run a shell command."""
        assert self._shell.stdin is not None
        self._shell.stdin.write(f"{command}\n")
        self._shell.stdin.flush()

    def release(self, control: Path) -> None:
        """Lets it live on without us; from now on it listens to the pipe `control`."""
        self.tell(f"mkfifo {control} && exec 0<>{control} && echo released && exec >/dev/null 2>&1")
        if self._heard() != "released":
            raise LabError(f"cannot make the pipe {control}")
        self._close_pipes()

    def end(self) -> None:
        """Ends it and everything in it."""
        if self._shell.poll() is None:
            with suppress(ProcessLookupError):
                Process.of(self._shell.pid).end()
        self._shell.wait()
        self._close_pipes()

    def _heard(self) -> str:
        assert self._shell.stdout is not None
        return self._shell.stdout.readline().strip()

    def _close_pipes(self) -> None:
        for stream in (self._shell.stdin, self._shell.stdout):
            if stream:
                stream.close()


def _end(pid: int) -> None:
    if not pid:
        return
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        _kill(handle)
    finally:
        os.close(handle)


def _kill(handle: int) -> None:
    """Kills and waits; the first process of a pid namespace is gone when all others in it are."""
    try:
        signal.pidfd_send_signal(handle, signal.SIGKILL)
    except ProcessLookupError:
        return
    waiting = select.poll()
    waiting.register(handle, select.POLLIN)
    if not waiting.poll(_END_SECONDS * 1000):
        raise LabError(
            "a process does not end though it was killed; is a disk or a network file system stuck?"
        )
