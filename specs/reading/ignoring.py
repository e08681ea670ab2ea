"""`.virt-reconcile-ignore`: what of a folder is no part of the tree, by gitignore's rules.

Each folder may have such a file, which is about what lies below it; the deeper one and, in one file, the
later line has the last word. What lies in a folder that is left out cannot be taken in again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from specs.reading.globs import IgnorePattern

IGNORE_FILE = ".virt-reconcile-ignore"
_MOST = 2000
"""Lines of all ignore files of a tree: each is held against each file."""


class TooManyPatterns(Exception):
    """More lines than anybody writes."""


class IgnoreRules:
    """The ignore files of a tree, as far as they were met."""

    def __init__(self) -> None:
        self._patterns: dict[str, tuple[IgnorePattern, ...]] = {}
        self._count = 0

    def __bool__(self) -> bool:
        return bool(self._patterns)

    def add(self, folder: str, text: str) -> None:
        """The text of the ignore file in a folder, '' for the tree's own. Raises TooManyPatterns."""
        from specs.reading.globs import ignore_pattern

        lines = (line.removesuffix("\r") for line in text.split("\n"))
        found = tuple(p for n, line in enumerate(lines, 1) if (p := ignore_pattern(line, n)))
        self._count += len(found)
        if self._count > _MOST:
            raise TooManyPatterns(f"more than {_MOST} lines of {IGNORE_FILE} in one tree")
        if found:
            self._patterns[folder] = tuple(reversed(found))

    def by(self, path: str, *, folder: bool) -> str:
        """FILE:LINE that leaves a path out, whose folders are known not to be; '' where none does."""
        if not self._patterns:
            return ""
        names = path.split("/")
        for depth in range(len(names) - 1, -1, -1):
            above = "/".join(names[:depth])
            for pattern in self._patterns.get(above, ()):
                if pattern.matches(names[depth:], folder=folder):
                    place = f"{above}/{IGNORE_FILE}" if above else IGNORE_FILE
                    return "" if pattern.negated else f"{place}:{pattern.line}"
        return ""

    def leave_out(self, path: str, *, folder: bool = False) -> str:
        """As `by`, of any path: one of its folders may be left out, and so all that is in it."""
        for end, sign in enumerate(path):
            if sign == "/" and (found := self.by(path[:end], folder=True)):
                return found
        return self.by(path, folder=folder)
