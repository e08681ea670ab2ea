"""Files that look like declarations and are not read: each is said, and what stands there is not pruned."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from specs.diagnostics import Origin, Problem
from specs.reading.files import MAX_BYTES, TreeFile, decode
from specs.reading.ignoring import IgnoreRules
from specs.reading.walking import MAX_DEPTH, STORES, SUFFIXES

_MOST = 2000
"""More entries of hidden folders than this are not looked at: they are some program's."""

_SIGNS = (b"virt-reconcile/v", b"<domain", b"<network", b"<pool", b"<secret", b"<filter")


def skipped_files(root: Path, rules: IgnoreRules) -> list[TreeFile]:
    """The files of a tree that are skipped for their names, or left out by an ignore file, though something
    seems to be declared in them, in the order of their paths."""
    found = []
    for path, shown in _Skipping(rules).below(os.path.realpath(root), "", hidden=False):
        try:
            data = _bytes(path)
        except OSError:
            continue
        if any(sign in data for sign in _SIGNS):
            found.append(TreeFile(shown, data))
    return sorted(found, key=lambda file: file.path)


def why_skipped(path: str) -> str:
    """Why a file is not read, and what to do about it."""
    *folders, name = path.split("/")
    hidden = next((folder for folder in folders if folder.startswith(".")), "")
    if hidden:
        return f"skipped, because its folder '{hidden}' begins with a dot: move it out of there"
    if name.startswith("."):
        return "skipped, because its name begins with a dot: rename it, or move it out of the tree"
    suffix = Path(path).suffix
    return f"skipped, because its name ends in '{suffix}': write '{suffix.lower()}', or move it away"


def warnings_of(files: list[TreeFile], rules: IgnoreRules) -> list[Problem]:
    """A warning for each file that was skipped for its name and looks as if it were meant."""
    unmeant = (file.path for file in files if not rules.leave_out(file.path))
    return [Problem(Origin(path), why_skipped(path)) for path in unmeant]


def declared_in(files: list[TreeFile]) -> tuple[tuple[str, str, str], ...]:
    """Kind and name of what skipped files would declare, with the file's path."""
    return tuple(sorted({(kind, name, file.path) for file in files for kind, name in _named(file)}))


def _named(file: TreeFile) -> Iterator[tuple[str, str]]:
    if file.path.lower().endswith(".xml"):
        from specs.reading.documents import name_of, read_xml

        found = read_xml(file.path, file.data)
        if not isinstance(found, Problem):
            yield found[0], name_of(found[1])
        return
    from specs.reading.yaml import read_documents

    text = decode(file)
    for document in read_documents(text, file.path, []) if isinstance(text, str) else ():
        value = document.value
        metadata = value.get("metadata") if isinstance(value, dict) else None
        if isinstance(metadata, dict) and "name" in metadata:
            yield str(value.get("kind")), str(metadata["name"])


class _Skipping:
    """A walk over what the tree is not, within bounds."""

    def __init__(self, rules: IgnoreRules) -> None:
        self._rules, self._left = rules, _MOST

    def below(self, folder: str, prefix: str, *, hidden: bool, depth: int = 0) -> Iterator[tuple[str, str]]:
        """Absolute and shown path of the files that would count but for their names, their folders' or an
        ignore file; `hidden` is a folder that does not count."""
        if depth > MAX_DEPTH:
            return
        try:
            with os.scandir(folder) as entries:
                found = list(entries)
        except OSError:
            return  # reading the tree says so
        for entry in found:
            shown = prefix + os.fsencode(entry.name).decode("utf-8", "backslashreplace")
            is_folder = entry.is_dir(follow_symlinks=False)
            out = hidden or entry.name[0] == "." or bool(self._rules.by(shown, folder=is_folder))
            if out:
                self._left -= 1
                if self._left < 0:
                    return
            named = entry.name.lower().endswith(SUFFIXES) if out else _is_nearly_named(entry.name)
            if is_folder and entry.name not in STORES:
                yield from self.below(entry.path, f"{shown}/", hidden=out, depth=depth + 1)
            elif named and entry.is_file(follow_symlinks=False):
                yield entry.path, shown


def _is_nearly_named(name: str) -> bool:
    """Whether a name would count if it were spelt in small letters."""
    return name.lower().endswith(SUFFIXES) and not name.endswith(SUFFIXES)


def _bytes(path: str) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        return file.read(MAX_BYTES)
