"""`virt-reconcile run` as people have it: a process of its own, stopped by a signal."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

PATIENCE = 60.0


class RunningService:
    """`with RunningService(folder, source, *options) as service:`, with its state and log in the folder."""

    def __init__(self, folder: Path, source: str, *options: str) -> None:
        self.log = folder / "service.log"
        state = ("--state", f"sqlite:///{folder}/state.db")
        self._command = (sys.executable, "-m", "reconciler.cli.main", "run", source, *state, *options)
        self._environment = {**os.environ, "XDG_CACHE_HOME": str(folder / "cache")}
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self._environment
            )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> int:
        """SIGTERM; its exit code. One that does not end is killed."""
        process = self._running()
        process.send_signal(signal.SIGTERM)
        try:
            return process.wait(PATIENCE)
        finally:
            process.kill()

    def said(self) -> str:
        """What it logged."""
        return self.log.read_text(errors="replace")

    def wait(self, enough: Callable[[], bool], seconds: float = PATIENCE) -> float:
        """Until something is true of the world; how many seconds that took."""
        begun = time.monotonic()
        while not enough():
            assert self._running().poll() is None, f"it ended:\n{self.said()}"
            assert time.monotonic() - begun < seconds, f"not within {seconds:g} s:\n{self.said()[-4000:]}"
            time.sleep(0.01)
        return time.monotonic() - begun

    def wait_for(self, words: str, since: int = 0) -> None:
        """Until it has logged that, after so many characters."""
        self.wait(lambda: words in self.said()[since:])

    def _running(self) -> subprocess.Popen[bytes]:
        assert self._process is not None
        return self._process
