"""Whether a state may be believed: nobody but the user could have put it there."""

from __future__ import annotations

from pathlib import Path

from specs.reading.trust import mistrusted
from state.errors import StateError
from state.owning import how_to_own
from state.trust import tracked_by_git

LOCK, KEY = ".lock", ".key"
_PARTS = ("", "-wal", "-shm", "-journal", LOCK, KEY)
"""What belongs to a state, by what its names end with; SQLite reads the first four."""


def require_trusted(path: Path) -> None:
    """Raises StateError when a state, or a file that belongs to it, is not the user's own: a link, of
    another owner, writable by others, or come with the tree's commits. A missing one is trusted."""
    if path.parent.is_file():
        return  # whoever opens it is told
    why = mistrusted(path.parent, folder=True)
    if why:
        raise _untrusted(path, path.parent, why)
    files = [path.with_name(path.name + part) for part in _PARTS]
    for file in files:
        why = mistrusted(file)
        if why:
            raise _untrusted(path, file, why)
    there = [file for file in files if file.exists()]
    from_git = tracked_by_git(there)
    if from_git is None:
        raise _untrusted(path, path, "it lies in a git working copy, and git cannot say whether it tracks it")
    if from_git:
        came = path.parent / Path(from_git[0]).name
        raise _untrusted(path, came, "git tracks it, so whoever commits to the tree may have written it")


def _untrusted(path: Path, what: Path, why: str) -> StateError:
    owned = how_to_own(path, what) if "belongs to" in why else ""
    if owned:
        return StateError(f"the state {path} is not trusted{owned}")
    return StateError(
        f"the state {path} is not trusted: {what}: {why}. It is only a cache: move it away, and the next"
        " apply adopts what it finds; or --state names another place"
    )
