"""Files that look like declarations and are not read: each is said, and what stands there is not pruned."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from specs.diagnostics import Origin, Problem
from specs.reading.files import MAX_BYTES, MAX_DEPTH, SUFFIXES, TreeFile, decode

_NEVER = frozenset({".git", ".virt-reconcile"})
"""Git's own folder and ours: nobody keeps declarations there."""

_MOST = 2000
"""More entries of hidden folders than this are not looked at: they are some program's."""

_SIGNS = (b"virt-reconcile/v", b"<domain", b"<network", b"<pool", b"<secret", b"<filter")


def skipped_files(root: Path) -> list[TreeFile]:
    """The files of a tree that are skipped for their names, though something seems to be declared in
    them, in the order of their paths."""
    found = []
    left = [_MOST]
    for path, shown in _walk(os.path.realpath(root), "", left, hidden=False):
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


def warnings_of(files: list[TreeFile]) -> list[Problem]:
    """A warning for each file that was skipped and looks as if it were meant."""
    return [Problem(Origin(file.path), why_skipped(file.path)) for file in files]


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


def _walk(
    folder: str, prefix: str, left: list[int], *, hidden: bool, depth: int = 0
) -> Iterator[tuple[str, str]]:
    """Absolute and shown path of the files that would count but for their names or their folders'."""
    if depth > MAX_DEPTH:
        return
    try:
        with os.scandir(folder) as entries:
            found = list(entries)
    except OSError:
        return  # reading the tree says so
    for entry in found:
        dotted = entry.name.startswith(".")
        if hidden or dotted:
            left[0] -= 1
            if left[0] < 0:
                return
        shown = prefix + os.fsencode(entry.name).decode("utf-8", "backslashreplace")
        if entry.is_dir(follow_symlinks=False):
            if entry.name not in _NEVER:
                yield from _walk(entry.path, f"{shown}/", left, hidden=hidden or dotted, depth=depth + 1)
        elif (
            entry.is_file(follow_symlinks=False)
            and entry.name.lower().endswith(SUFFIXES)
            and (hidden or dotted or not entry.name.endswith(SUFFIXES))
        ):
            yield entry.path, shown


def _bytes(path: str) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        return file.read(MAX_BYTES)
