"""The way to a host: sessions that are opened when they are needed, and again when they were lost."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from drivers.base.errors import Refused, Unreachable
from drivers.hyperv.errors import translated
from drivers.hyperv.shell import Lost, ScriptFailed, Shell

_KEPT = 4
"""Sessions that are kept for the next call; WinRM gives a user some 25 (MaxShellsPerUser)."""

_PATIENCE = 120.0
"""Seconds that a script has, unless its caller says otherwise."""


class Link:
    """Runs scripts, several at once if need be: a session is used by one thread at a time."""

    def __init__(self, uri: str, opener: Callable[[], Shell], *, readonly: bool) -> None:
        """Opens nothing yet."""
        self.uri = uri
        self._opener, self._readonly = opener, readonly
        self._mutex = threading.Lock()
        self._free: list[Shell] = []
        self._closed = False

    def writable(self, what: str) -> None:
        """Refuses to do something over a connection that only reads."""
        if self._readonly:
            raise Refused(f"cannot {what}: the connection is read-only")

    def read(self, name: str, request: Mapping[str, object]) -> Any:
        """The answer of a script that changes nothing: asked once more where the session was lost."""
        try:
            return self._run(name, request, _PATIENCE)
        except Lost as error:
            return self._again(error, name, request, _PATIENCE)

    def write(self, name: str, request: Mapping[str, object], seconds: float = _PATIENCE) -> Any:
        """The answer of a script that changes something: never run twice, for its reply may just have been
        lost. What could not even be sent is sent over a new session."""
        self.writable("change anything")
        try:
            return self._run(name, request, seconds)
        except Lost as error:
            if not error.unsent:
                raise Unreachable(error.message, error.hint or "plan again: it may have been done") from error
            return self._again(error, name, request, seconds)

    def close(self) -> None:
        """Ends all sessions for good."""
        with self._mutex:
            self._closed = True
            idle, self._free = self._free, []
        for shell in idle:
            shell.close()

    def _again(self, first: Lost, name: str, request: Mapping[str, object], seconds: float) -> Any:
        try:
            return self._run(name, request, seconds)
        except Lost as error:
            raise Unreachable(error.message, error.hint) from first

    def _run(self, name: str, request: Mapping[str, object], seconds: float) -> Any:
        shell = self._take()
        try:
            answer = shell.run(name, request, seconds)
        except ScriptFailed as error:
            self._give(shell)
            raise translated(error) from error
        except Lost:
            self._forget()
            with suppress(Unreachable):
                shell.close()
            raise
        self._give(shell)
        return answer

    def _take(self) -> Shell:
        with self._mutex:
            if self._closed:
                raise Unreachable(f"the connection to {self.uri} is closed")
            if self._free:
                return self._free.pop()
        return self._opener()

    def _give(self, shell: Shell) -> None:
        with self._mutex:
            if not self._closed and len(self._free) < _KEPT:
                self._free.append(shell)
                return
        shell.close()

    def _forget(self) -> None:
        """With one session, all that nobody uses are lost: they lead to the same service."""
        with self._mutex:
            self._free.clear()
