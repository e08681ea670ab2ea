"""What a commit holds, looked over before anything of it is read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reconciler.inputs.sources import SourceError
from specs.reading.files import MAX_BYTES, MAX_FILES, MAX_TREE_BYTES
from specs.reading.ignoring import IGNORE_FILE, IgnoreRules
from specs.reading.walking import MAX_DEPTH

MAX_LISTED = MAX_FILES * 200
"""Bytes of the list of files: folders that hold themselves over and over would have no end."""

_OURS = ".virt-reconcile"
"""Where commands keep what is theirs in a tree: it does not come from git."""

_ENOUGH = 20


@dataclass(frozen=True, slots=True)
class CommitFile:
    """One file of a commit: its path below the folder that is the tree, its content's hash and size."""

    path: str
    blob: str
    size: int
    runs: bool = False
    """Whether it may be executed."""


def ignore_files(listed: bytes) -> tuple[CommitFile, ...]:
    """The ignore files among what `git ls-tree -rlz` lists, as far as they can be read."""
    return tuple(
        CommitFile(path, blob, int(size))
        for mode, kind, blob, size, raw in _entries(listed)
        if (path := raw.decode("utf-8", "surrogateescape")).rpartition("/")[2] == IGNORE_FILE
        and not _refusal(mode, kind, size, path)
    )


def files_of(listed: bytes, rules: IgnoreRules) -> tuple[CommitFile, ...]:
    """The files that `git ls-tree -rlz` lists. Raises SourceError with all that a tree must not have: links
    and submodules, files that are too large, or too many. What an ignore file leaves out may be anything,
    and comes along as far as it is a file: a document may name it."""
    files: list[CommitFile] = []
    wrong: list[str] = []
    for mode, kind, blob, size, raw in _entries(listed):
        path = raw.decode("utf-8", "surrogateescape")
        if _OURS in path.split("/"):
            continue
        why = _refusal(mode, kind, size, path)
        if why and (not _counts(path) or rules.leave_out(path, folder=kind == "commit")):
            continue
        if why:
            wrong.append(f"{raw.decode('utf-8', 'backslashreplace')}: {why}")
        else:
            files.append(CommitFile(path, blob, int(size), mode == "100755"))
    if len(files) > MAX_FILES or sum(file.size for file in files) > MAX_TREE_BYTES:
        wrong.append(f"a tree may have {MAX_FILES} files and {MAX_TREE_BYTES // 1024 // 1024} MiB")
    if wrong:
        more = f"\nand {len(wrong) - _ENOUGH} more" if len(wrong) > _ENOUGH else ""
        raise SourceError("\n".join(wrong[:_ENOUGH]) + more)
    return tuple(files)


def _entries(listed: bytes) -> Iterator[tuple[str, str, str, str, bytes]]:
    """Mode, kind, hash, size and path of each: 'MODE SP KIND SP HASH SP SIZE TAB PATH NUL'."""
    for entry in listed.split(b"\0"):
        if entry:
            facts, _, path = entry.partition(b"\t")
            mode, kind, blob, size = facts.decode().split()
            yield mode, kind, blob, size, path


def _counts(path: str) -> bool:
    """Whether a tree's files may be there: names that begin with a dot are skipped."""
    return not any(part.startswith(".") for part in path.split("/"))


def _refusal(mode: str, kind: str, size: str, path: str) -> str:
    """Why a file is not taken; '' when it is."""
    if kind != "blob":
        return "this is a submodule, and none is followed: put the files themselves here"
    if mode == "120000":
        return "this is a link, and none is taken from git: put the file itself here"
    if mode not in ("100644", "100755"):
        return f"this is no regular file (mode {mode})"
    if not size.isdecimal() or int(size) > MAX_BYTES:
        return f"the file is larger than {MAX_BYTES // 1024 // 1024} MiB"
    parts = path.split("/")
    if any(part in ("", ".", "..") or part.lower() == ".git" for part in parts):
        return "no file may be called so"
    return f"folders deeper than {MAX_DEPTH} are not read" if len(parts) > MAX_DEPTH else ""
