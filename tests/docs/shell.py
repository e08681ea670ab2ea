"""A shell that stays open, as a person's does: commands one after the other, and what they print."""

from __future__ import annotations

import os
import select
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self
from uuid import uuid4

_LOOP = (
    'while IFS= read -r -d "" command <&3; do eval "$command" </dev/null; printf "%s %d\\n" "$MARK" $?; done'
)
_PATIENCE = 120.0


class Shell:
    """bash in a folder. Commands read nothing, and what they print and complain of comes in its order."""

    def __init__(self, folder: Path, environment: Mapping[str, str], entered: Sequence[str] = ()) -> None:
        self._mark = f"=={uuid4().hex}=="
        reads, self._commands = os.pipe()
        script = f"cd '{folder}' && exec 3<&{reads} && {_LOOP}"
        self._process = subprocess.Popen(
            [*entered, "bash", "-c", script],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env={**environment, "MARK": self._mark}, pass_fds=(reads,), start_new_session=True,
        )  # fmt: skip
        os.close(reads)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.close(self._commands)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def run(self, command: str) -> tuple[str, int]:
        """What a command prints, and its exit code."""
        os.write(self._commands, command.encode() + b"\0")
        assert self._process.stdout
        said, until, mark = b"", time.monotonic() + _PATIENCE, self._mark.encode()
        while not (said.endswith(b"\n") and said.rstrip(b"\n").rpartition(b"\n")[2].startswith(mark)):
            ready, _, _ = select.select([self._process.stdout], [], [], max(until - time.monotonic(), 0))
            more = os.read(self._process.stdout.fileno(), 1 << 16) if ready else b""
            if not more:
                raise AssertionError(f"`{command}` does not end; it said:\n{said.decode(errors='replace')}")
            said += more
        printed, _, end = said.rstrip(b"\n").rpartition(mark)
        return printed.decode(), int(end)
