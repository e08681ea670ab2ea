"""The files of a tree: which count, and reading them without following anybody out of it."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from specs.diagnostics import Origin, Problem, of_folder
from specs.reading.walking import SUFFIXES, TreeWalk

if TYPE_CHECKING:
    from hashlib import _Hash

MAX_BYTES = 16 * 1024 * 1024
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


@dataclass(frozen=True, slots=True)
class ReadTree:
    """The files of a tree in the order of their paths, and what could not be read. `walk` knows what was
    left out."""

    files: list[TreeFile]
    problems: list[Problem]
    walk: TreeWalk

    def sources(self) -> list[TreeFile]:
        """All that decides what is read, byte for byte: ignore files among it."""
        return [*self.files, *(TreeFile(path, data) for path, data in self.walk.sources)]


def read_tree(root: Path) -> ReadTree:
    """Reads every YAML and XML file of the tree.

    Names that begin with a dot are skipped, and what an ignore file leaves out. So are links to folders of
    the tree, which are read where they stand; one to any other folder, or to nothing, is a problem: what is
    declared there would be missed.
    """
    walk = TreeWalk(root)
    if not Path(walk.top).exists():
        return ReadTree([], [of_folder(root, "there is no such folder")], walk)
    if not Path(walk.top).is_dir():
        message = f"this is a file, and a tree is a folder: give {_folder_of(root)}"
        return ReadTree([], [of_folder(root, message)], walk)
    files: list[TreeFile] = []
    problems: list[Problem] = []
    links = []
    total = number = 0
    for entry, shown in walk.entries():
        if not entry.name.endswith(SUFFIXES):
            if entry.is_symlink():
                links.append((entry, shown))
            continue
        number += 1
        if number > MAX_FILES or total > MAX_TREE_BYTES:
            problems.append(Problem(Origin(shown), _TOO_MUCH))
            break
        try:
            files.append(TreeFile(shown, _read(entry.path, walk.top)))
            total += len(files[-1].data)
        except _Unusable as error:
            problems.append(Problem(Origin(shown), f"{error}; {_LEAVE_OUT}"))
        except OSError as error:
            problems.append(Problem(Origin(shown), f"cannot be read: {error.strerror}; {_LEAVE_OUT}"))
    problems += [Problem(Origin(at), why) for link, at in links if (why := _missed_folder(link, walk))]
    return ReadTree(sorted(files, key=lambda file: file.path), [*walk.problems, *problems], walk)


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


_LEAVE_OUT = "remove it, or leave it out by a line in .virt-reconcile-ignore"


class _Unusable(Exception):
    """Why a file is refused."""


def _missed_folder(link: os.DirEntry[str], walk: TreeWalk) -> str:
    """What is wrong with a link to a folder that is not read where it stands; '' for other links."""
    target = os.readlink(link.path)  # noqa: PTH115
    if not Path(link.path).exists():
        return (
            f"the link leads nowhere ({target} is not there): put there what belongs to it, or {_LEAVE_OUT}"
        )
    real = os.path.realpath(link.path)
    if not Path(real).is_dir():
        return ""
    inside = os.path.commonpath([real, walk.top]) == walk.top
    if inside and not walk.passes_by(os.path.relpath(real, walk.top)):
        return ""
    where = "that is skipped" if inside else "out of the tree"
    message = f"the link leads to a folder {where} ({target}), and is not followed"
    return f"{message}: put the folder itself here, or {_LEAVE_OUT}"


def _folder_of(file: Path) -> str:
    """The tree that a file is of, as somebody would type it."""
    from specs.reading.above import fleet_above, holds_fleet

    folder = file.parent
    return str(folder if holds_fleet(folder) else fleet_above(folder) or folder)


def _read(path: str, top: str) -> bytes:
    """The bytes of a regular file that lies in the tree."""
    real = os.path.realpath(path)
    if real != path and os.path.commonpath([real, top]) != top:
        raise _Unusable(
            "the link leads out of the tree, and nothing outside is read: put the file itself here"
        )
    if Path(real).is_dir():
        what = "the link leads to a folder" if real != path else "this is a folder"
        raise _Unusable(f"{what} with the name of a file: call it something else")
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
        utf_16 = data[:2] in (b"\xff\xfe", b"\xfe\xff")
        raise _Unusable(
            "this is UTF-16 text: save it as UTF-8"
            if utf_16
            else "this is a binary file, or text that is not UTF-8"
        )
    return data


def decode(file: TreeFile) -> str | Problem:
    """The text of a UTF-8 file, a byte order mark dropped; or where it is none."""
    try:
        return file.data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = file.data[: error.start]
        line, column = before.count(b"\n") + 1, error.start - before.rfind(b"\n")
        return Problem(Origin(file.path, line, column), "this is not UTF-8 text")
