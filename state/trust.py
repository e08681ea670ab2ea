"""Whether a file may be believed: nobody but the user could have put it there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from specs.reading.trust import mistrusted
from state.errors import StateError


def require_own(file: Path) -> None:
    """Raises StateError when a lone file of the tree is not the user's own."""
    why = mistrusted(file.parent, folder=True) or mistrusted(file)
    if not why and tracked_by_git([file]) != []:
        why = "git tracks it, or cannot say whether it does"
    if why:
        raise StateError(f"{file} is not trusted: {why}; remove it")


def tracked_by_git(files: Sequence[Path]) -> list[str] | None:
    """As specs.reading.git.tracked; git's room is entered only where there is something to ask."""
    if not files:
        return []
    from specs.reading.git import tracked

    return tracked(files)
