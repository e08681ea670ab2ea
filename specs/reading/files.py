"""The files of a tree: which count, and reading them without following anybody out of it."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from specs.diagnostics import Origin, Problem

if TYPE_CHECKING:
    from hashlib import _Hash

SUFFIXES = (".yaml", ".yml", ".xml")
MAX_BYTES = 16 * 1024 * 1024
MAX_DEPTH = 32
MAX_FILES = 200_000
MAX_TREE_BYTES = 512 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class TreeFile:
    """One file: its path relative to the tree, with '/', and its bytes."""

    path: str
    data: bytes

    @property
    def is_xml(self) -> bool:
        """Whether it is read as libvirt XML."""
        return self.path.endswith(".xml")


def read_tree(root: Path) -> tuple[list[TreeFile], list[Problem]]:
    """Every YAML and XML file of the tree in the order of their paths, and what could not be read.

    Names that begin with a dot are skipped. So are links to folders of the tree, which are read where they
    stand; one to any other folder, or to none, is a problem: what is declared there would be missed.
    """
    top = os.path.realpath(root)
    if not Path(top).exists():
        return [], [Problem(Origin(str(root)), "there is no such folder")]
    if not Path(top).is_dir():
        return [], [Problem(Origin(str(root)), "this is a file; give the folder that holds the files")]
    files: list[TreeFile] = []
    problems: list[Problem] = []
    total = 0
    for number, (path, shown) in enumerate(_walk(top, top, "", problems), 1):
        if number > MAX_FILES or total > MAX_TREE_BYTES:
            problems.append(Problem(Origin(shown), _TOO_MUCH))
            break
        try:
            files.append(TreeFile(shown, _read(path, top)))
            total += len(files[-1].data)
        except _Unusable as error:
            problems.append(Problem(Origin(shown), str(error)))
        except OSError as error:
            problems.append(Problem(Origin(shown), f"cannot be read: {error.strerror}"))
    return sorted(files, key=lambda file: file.path), problems


def read_file(root: Path, path: str) -> TreeFile | str:
    """Any other file of the tree, by its path in it; or why it cannot be had."""
    top = os.path.realpath(root)
    try:
        return TreeFile(path, _read(f"{top}/{path}", top))
    except _Unusable as error:
        return str(error)
    except OSError as error:
        return f"cannot be read: {error.strerror}"


def digest_of(files: Iterable[TreeFile]) -> _Hash:
    """SHA-256 over the files in their order: names and bytes, so that no two trees have the same."""
    total = hashlib.sha256()
    for file in files:
        total.update(f"\0{file.path}\0{len(file.data)}\0".encode())
        total.update(file.data)
    return total


def leads_out(path: Path, root: Path, folders: Iterable[str] = ()) -> bool:
    """Whether a file, its links followed, lies neither in the tree nor in one of the folders."""
    real = Path(os.path.realpath(path))
    tops = (Path(os.path.realpath(top)) for top in (str(root), *folders))
    return not any(top in real.parents for top in tops)


_TOO_MUCH = (
    f"a tree may have {MAX_FILES} files and {MAX_TREE_BYTES // 1024 // 1024} MiB, and here it has more;"
    " nothing behind it was read"
)


class _Unusable(Exception):
    """Why a file is refused."""


def _walk(
    top: str, folder: str, prefix: str, problems: list[Problem], depth: int = 0
) -> Iterator[tuple[str, str]]:
    """Absolute path and shown path of every file that counts."""
    if depth > MAX_DEPTH:
        problems.append(Problem(Origin(prefix.rstrip("/")), f"folders deeper than {MAX_DEPTH} are not read"))
        return
    try:
        with os.scandir(folder) as entries:
            found = [entry for entry in entries if not entry.name.startswith(".")]
    except OSError as error:
        shown = prefix.rstrip("/") or "."
        problems.append(Problem(Origin(shown), f"the folder cannot be read: {error.strerror}"))
        return
    for entry in found:
        shown = prefix + os.fsencode(entry.name).decode("utf-8", "backslashreplace")
        counts = entry.name.endswith(SUFFIXES)
        if entry.is_dir(follow_symlinks=False):
            if counts:
                message = "this is a folder with the name of a file; call it something else"
                problems.append(Problem(Origin(shown), message))
            else:
                yield from _walk(top, entry.path, f"{shown}/", problems, depth + 1)
        elif counts:
            yield entry.path, shown
        elif entry.is_symlink() and (missed := _missed_folder(entry, top)):
            problems.append(Problem(Origin(shown), missed))


def _missed_folder(link: os.DirEntry[str], top: str) -> str:
    """What is wrong with a link to a folder that is not read where it stands; '' for other links."""
    if not Path(link.path).exists():
        if Path(link.name).suffix:
            return ""  # a file, whatever it holds: it is missed only where something refers to it
        return "the link leads nowhere: if a folder belongs here, it is not there; else remove the link"
    real = os.path.realpath(link.path)
    if not Path(real).is_dir():
        return ""
    inside = os.path.commonpath([real, top]) == top
    if inside and not any(part.startswith(".") for part in Path(real).relative_to(top).parts):
        return ""
    return "the link leads to a folder that is not read: put the folder itself here, or remove the link"


def _read(path: str, top: str) -> bytes:
    """The bytes of a regular file that lies in the tree."""
    real = os.path.realpath(path)
    if real != path and os.path.commonpath([real, top]) != top:
        raise _Unusable("the link leads out of the tree, and nothing outside is read")
    if Path(real).is_dir():
        what = "the link leads to a folder" if real != path else "this is a folder"
        raise _Unusable(f"{what}; files are expected by this name")
    # Without O_NONBLOCK, opening a FIFO waits for its writer.
    descriptor = os.open(real, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise _Unusable("this is no regular file")
        if found.st_size > MAX_BYTES:
            raise _Unusable(f"the file is larger than {MAX_BYTES // 1024 // 1024} MiB")
        data = file.read(MAX_BYTES + 1)
    if b"\0" in data:
        raise _Unusable("this is a binary file, or text that is not UTF-8")
    return data


def decode(file: TreeFile) -> str | Problem:
    """The text of a UTF-8 file, a byte order mark dropped; or where it is none."""
    try:
        return file.data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = file.data[: error.start]
        line, column = before.count(b"\n") + 1, error.start - before.rfind(b"\n")
        return Problem(Origin(file.path, line, column), "this is not UTF-8 text")
