"""The folder of a host: its files, and the lock that holds callers apart."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from drivers.base.errors import NotFound, Refused, Unreachable
from plainqemu.description import Description


class Folder:
    """NAME.json is a machine, NAME.running.json what its process was started with."""

    def __init__(self, path: Path, *, readonly: bool) -> None:
        """Opens nothing yet."""
        self.path, self._readonly, self.closed = path, readonly, False

    @contextmanager
    def locked(self, *, writes: bool = False) -> Iterator[None]:
        """One caller at a time, in any process. Unreachable once it was closed, or is not there; Refused to
        write where that was not asked for."""
        if self.closed:
            raise Unreachable(f"the connection to {self.path} was closed")
        if writes and self._readonly:
            raise Refused("the connection is read-only")
        try:
            lock = os.open(self.path / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise Unreachable(f"{self.path} cannot be used: {error.strerror}", "make the folder") from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def names(self) -> list[str]:
        """The machines that are defined."""
        return sorted(p.stem for p in self.path.glob("*.json") if not p.name.endswith(".running.json"))

    def read(self, name: str, *, running: bool = False) -> Description | None:
        """A machine as it is defined, or as it was started; None when it is not there."""
        try:
            found: Description = json.loads(self._file(name, running).read_text())
        except FileNotFoundError:
            return None
        return found

    def known(self, name: str) -> Description:
        """A machine as it is defined; NotFound when it is not."""
        found = self.read(name)
        if found is None:
            raise NotFound(f"there is no machine '{name}'")
        return found

    def write(self, description: Description, *, running: bool = False) -> None:
        """Writes a machine whole, or not at all."""
        file = self._file(description["name"], running)
        draft = file.with_suffix(".new")
        draft.write_text(json.dumps(description, indent=1))
        draft.replace(file)

    def remove(self, name: str, *, running: bool = False) -> None:
        """Forgets a machine, or what it was started with."""
        self._file(name, running).unlink(missing_ok=True)

    def _file(self, name: str, running: bool) -> Path:
        if "/" in name or name.startswith("."):
            raise NotFound(f"'{name}' is no name of a machine")
        return self.path / f"{name}{'.running' if running else ''}.json"
