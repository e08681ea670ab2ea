"""A walk over the folders of a tree: what is hidden, left out by an ignore file, or some program's store of
others' files, is passed by."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from specs.diagnostics import Origin, Problem
from specs.reading.ignoring import IGNORE_FILE, IgnoreRules, TooManyPatterns

SUFFIXES = (".yaml", ".yml", ".xml")
"""How the names of files end that are read."""

MAX_DEPTH = 32
STORES = frozenset({"node_modules", ".git", ".virt-reconcile", ".terraform", ".venv"})
"""Folders of which nobody keeps a part of a tree in."""

_ENVIRONMENT = "pyvenv.cfg"
"""Lies in each virtual environment of Python, whatever that is called."""

_LARGEST = 1024 * 1024


class TreeWalk:
    """One walk. When it is over, `rules` holds all ignore files, `ignored` what they left out (a folder ends
    with '/', and stands for all that is in it), `sources` the ignore files' paths and bytes."""

    def __init__(self, root: Path) -> None:
        self.top = os.path.realpath(root)
        self.rules = IgnoreRules()
        self.ignored: list[str] = []
        self.sources: list[tuple[str, bytes]] = []
        self.problems: list[Problem] = []

    def entries(self) -> Iterator[tuple[os.DirEntry[str], str]]:
        """All that is in the tree, with its path there: folders before what is in them."""
        return self._below(self.top, "", 0)

    def passes_by(self, path: str) -> bool:
        """Whether a folder of the tree was not looked into, when the walk is over."""
        if path == ".":
            return False
        hidden = any(name[0] == "." or name in STORES for name in path.split("/"))
        return hidden or bool(self.rules.leave_out(path, folder=True))

    def _below(self, folder: str, prefix: str, depth: int) -> Iterator[tuple[os.DirEntry[str], str]]:
        if depth > MAX_DEPTH:
            message = f"folders deeper than {MAX_DEPTH} are not read"
            self.problems.append(Problem(Origin(prefix.rstrip("/")), message))
            return
        try:
            with os.scandir(folder) as entries:
                found = list(entries)
        except OSError as error:
            shown = prefix.rstrip("/") or "."
            message = f"the folder cannot be read: {error.strerror}"
            self.problems.append(Problem(Origin(shown), message))
            return
        if any(entry.name == IGNORE_FILE for entry in found):
            self._add(f"{folder}/{IGNORE_FILE}", prefix)
        for entry in found:
            if entry.name[0] == "." or entry.name in STORES:
                continue
            shown = prefix + os.fsencode(entry.name).decode("utf-8", "backslashreplace")
            is_folder = entry.is_dir(follow_symlinks=False)
            if self.rules and self.rules.by(shown, folder=is_folder):
                self.ignored.append(f"{shown}/" if is_folder else shown)
                continue
            if is_folder and os.path.exists(f"{entry.path}/{_ENVIRONMENT}"):  # noqa: PTH110
                continue
            yield entry, shown
            if is_folder:
                yield from self._below(entry.path, f"{shown}/", depth + 1)

    def _add(self, path: str, prefix: str) -> None:
        """An ignore file; one that cannot be read is a problem, for nobody knows what it leaves out."""
        shown = f"{prefix}{IGNORE_FILE}"
        try:
            data = _regular(path)
            self.rules.add(prefix.rstrip("/"), data.decode("utf-8-sig"))
            self.sources.append((shown, data))
        except UnicodeDecodeError:
            self.problems.append(Problem(Origin(shown), "this is not UTF-8 text"))
        except TooManyPatterns as error:
            self.problems.append(Problem(Origin(shown), str(error)))
        except OSError as error:
            self.problems.append(Problem(Origin(shown), f"cannot be read: {error.strerror}"))


def rules_of(root: Path) -> IgnoreRules:
    """The ignore files of a whole tree."""
    walk = TreeWalk(root)
    for _ in walk.entries():
        pass
    return walk.rules


def _regular(path: str) -> bytes:
    """As git has it, no link is followed to it."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(0, "it is no regular file")
        data = file.read(_LARGEST + 1)
    if len(data) > _LARGEST:
        raise OSError(0, f"it is larger than {_LARGEST // 1024 // 1024} MiB")
    return data
