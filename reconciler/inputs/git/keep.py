"""All that is kept of one repository on this machine: its mirror, folders of commits, the last good one."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Collection
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from threading import Event
from typing import Any

from reconciler.inputs.git.checkout import Checkouts
from reconciler.inputs.git.mirror import Mirror
from reconciler.inputs.git.remote import Remote
from specs.desired import SignaturePolicy
from specs.reading.trust import mistrusted

_GOOD = "good.json"


@dataclass(frozen=True, slots=True)
class Good:
    """The newest commit that was good, and what it asks of the next one."""

    commit: str
    fleet: str
    uuid: str = ""
    signatures: SignaturePolicy | None = None
    approval: bool = False


class RepositoryKeep:
    """What is kept of one remote."""

    def __init__(self, folder: Path, remote: Remote, cancel: Event | None = None) -> None:
        self.folder, self.remote = folder, remote
        self.mirror = Mirror(folder / "mirror.git", remote, cancel)
        self._checkouts = Checkouts(folder / "commits", self.mirror, remote.path)

    def folder_of(self, commit: str, like: str = "") -> Path:
        """The folder with a commit's files. Raises SourceError."""
        return self._checkouts.of(commit, like)

    def keep_only(self, commits: Collection[str]) -> None:
        """Removes the folders of all other commits."""
        self._checkouts.keep_only(commits)

    @property
    def good(self) -> Good | None:
        """What was noted last; None where there is nothing, or nothing to be believed."""
        path = self.folder / _GOOD
        if mistrusted(path) or mistrusted(self.folder, folder=True):
            return None
        try:
            return _restored(json.loads(path.read_bytes()))
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def note(self, good: Good) -> None:
        """Notes the newest good commit, for whoever starts here again."""
        if self.good == good:
            return
        with NamedTemporaryFile("w", dir=self.folder, delete=False) as file:
            json.dump(asdict(good), file)
            file.flush()
            os.fsync(file.fileno())
        Path(file.name).replace(self.folder / _GOOD)


def _restored(values: dict[str, Any]) -> Good:
    signatures = values["signatures"]
    return Good(**{**values, "signatures": SignaturePolicy(**signatures) if signatures else None})


def folder_for(home: Path, remote: Remote) -> Path:
    """Where a repository's keep is below a folder: for each repository and path in it another."""
    name = re.sub(r"[^\w.-]+", "-", remote.url.rstrip("/").rpartition("/")[2], flags=re.ASCII)[:40] or "git"
    told = json.dumps([remote.url, remote.path]).encode()
    return home / f"{name}-{hashlib.sha256(told).hexdigest()[:16]}"
