"""VBoxManage, called: what it says, and its errors as ours."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from drivers.base.errors import DriverError, NotFound, Refused, Transient, Unreachable
from drivers.native.commands import Commands
from drivers.vbox.errors import failure, is_locked, no_vboxmanage, not_begun

_LOCKED = 30.0
"""Seconds that whoever has a machine locked (one that ends, another VBoxManage) has to let go of it."""

_PAUSE = 0.1
_STARTS = (1.0, 2.0, 4.0)
"""Seconds to wait for VirtualBox's service before each of the next tries."""

T = TypeVar("T")
_ANY_TIME = 3600.0
"""Seconds for what takes as long as a disk is large."""

_FACT = re.compile(r'^"?([^"=]+)"?=(?:"(.*)"|(.*))$', re.MULTILINE)


class VBoxManage:
    """The program, on the machine where VirtualBox is."""

    def __init__(self, commands: Commands, uri: str, *, readonly: bool) -> None:
        self.uri, self.readonly = uri, readonly
        self.commands = commands

    def look(self, *words: str) -> str:
        """What a command says that changes nothing."""
        return self.begun(lambda: self._run(words, repeatable=True))

    def do(self, *words: str, given: bytes = b"", long: bool = False) -> str:
        """Runs a command that changes something: never twice, for it may have taken effect. Only where the
        machine was locked, so that it did nothing, it is tried again until that has an end."""
        self.require_writable()
        until = time.monotonic() + _LOCKED
        patience = _ANY_TIME if long else 120.0
        while True:
            try:
                return self.begun(lambda: self._run(words, given=given, patience=patience))
            except DriverError as error:
                if not is_locked(error) or time.monotonic() > until:
                    raise
            time.sleep(_PAUSE)

    def do_once(self, *words: str, given: bytes = b"", patience: float = 120.0) -> str:
        """Likewise, but a machine that is locked is an error at once."""
        self.require_writable()
        return self._run(words, given=given, patience=patience)

    def all(self, steps: Sequence[tuple[str, ...]]) -> None:
        """Runs one command after the other, until one fails."""
        for words in steps:
            self.do(*words)

    def shell(self, script: str, *words: str, given: bytes = b"", changes: bool = True) -> bytes:
        """What a script for the shell over there says, which gets the words as its own. Refused when it
        fails."""
        if changes:
            self.require_writable()
        command = ["sh", "-c", script, "sh", *words]
        result = self.commands.run(command, given=given, patience=_ANY_TIME, repeatable=not changes)
        if result.status:
            raise Refused(result.error or f"a command failed on {self.commands.place} ({result.status})")
        return result.output

    def facts(self, machine: str) -> dict[str, str]:
        """What `showvminfo` says of a machine; NotFound where there is none. One whose process is about to
        end says nothing for a moment."""
        until = time.monotonic() + _LOCKED
        while True:
            try:
                said = self.look("showvminfo", machine, "--machinereadable")
            except Transient:
                if time.monotonic() > until:
                    raise
                time.sleep(_PAUSE)
            else:
                return {key: text or plain for key, text, plain in _FACT.findall(said)}

    def require_writable(self) -> None:
        """Refused over a connection that may not write."""
        if self.readonly:
            raise Refused("the connection is read-only")

    def _run(
        self, words: tuple[str, ...], *, given: bytes = b"", patience: float = 120.0, repeatable: bool = False
    ) -> str:
        command = ["VBoxManage", *words]
        try:
            result = self.commands.run(command, given=given, patience=patience, repeatable=repeatable)
        except NotFound as error:
            raise no_vboxmanage(self.commands.place) from error
        if result.status:
            raise failure(result, words[0])
        return result.text

    def begun(self, call: Callable[[], T]) -> T:
        """What a call gives, which is made again while VirtualBox's service comes up: with many machines, on
        a busy host, VBoxManage does not wait for it long enough."""
        for pause in _STARTS:
            try:
                return call()
            except Unreachable as error:
                if not not_begun(error):
                    raise
            time.sleep(pause)
        return call()
