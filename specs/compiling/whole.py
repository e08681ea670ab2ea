"""Whether a folder is a tree at all: where it is none, that is said once, and not what follows from it."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence

from specs.compiling.work import Load
from specs.diagnostics import Origin, Problem, of_folder
from specs.entries import Entry
from specs.listing import listed
from specs.reading.above import fleet_above, holds_fleet


def no_tree(entries: Sequence[Entry], work: Load) -> Problem | None:
    """Why a folder is no tree: it holds several, is part of one, or holds nothing of ours."""
    if any(problem.origin.line == 0 for problem in work.problems):
        return None  # there is no folder
    folders = sorted({posixpath.dirname(fleet.file) for fleet in work.fleets})
    if len(folders) > 1:
        return _second(work) if "" in folders else _several(folders, work)
    if work.fleets or entries or work.problems or work.hosts:
        return None
    return part_of_another(work) or of_folder(work.root, _nothing(work))


def part_of_another(work: Load) -> Problem | None:
    """That a folder without a Fleet is part of a tree; what lacks in it then follows from that."""
    above = None if work.fleets else fleet_above(work.root)
    if above is None:
        return None
    return of_folder(work.root, f"this folder has no Fleet and is part of the tree {above}: give that folder")


def all_below(entries: Sequence[Entry], work: Load) -> Problem | None:
    """That the tree is one folder of this one, in which nothing else of ours is: from here it has another
    state."""
    folders = {posixpath.dirname(fleet.file) for fleet in work.fleets}
    folder = next(iter(folders), "")
    if not folder or not all(entry.origin.file.startswith(f"{folder}/") for entry in entries):
        return None
    message = f"all that is declared here is in {folder}: give that folder, which has a state of its own"
    return of_folder(work.root, message)


def _several(folders: Sequence[str], work: Load) -> Problem:
    message = f"this folder is no tree, but holds {len(folders)}, each with a Fleet: {listed(folders)}"
    return of_folder(work.root, f"{message}; give one of them")


def _second(work: Load) -> Problem:
    first = next(fleet for fleet in work.fleets if "/" not in fleet.file)
    other = next(fleet for fleet in work.fleets if "/" in fleet.file)
    folder = posixpath.dirname(other.file)
    return Problem(
        other,
        f"a Fleet of its own inside of the tree of another ({first}): leave its folder out by a line"
        f" '/{folder}/' in .virt-reconcile-ignore, or take one of the two Fleets away",
    )


def _nothing(work: Load) -> str:
    others = f" ({len(work.foreign)} of other tools)" if work.foreign else ""
    ignored = work.walk.ignored if work.walk else []
    if ignored:
        others += ", but for what .virt-reconcile-ignore leaves out"
    trees = sorted(name[:-1] for name in ignored if name[-1] == "/" and holds_fleet(work.root / name))
    if trees:
        what = "a tree is" if len(trees) == 1 else "trees are"
        where = f"{what} in {listed(trees)}: give that folder"
        return f"no file of virt-reconcile is in this folder{others}; {where}"
    return (
        f"no file of virt-reconcile is in this folder{others}; virt-reconcile init {work.root} writes a first"
        f" tree, and adopt --host URI --to {work.root} one of what is on a host"
    )


def without_host(work: Load) -> Problem | None:
    """Where no host is declared at all: said once, of all that would need one."""
    if not work.homeless:
        return None
    first: Origin = min(work.homeless)
    others = len(work.homeless) - 1
    more = f" ({others} more here have none either)" if others else ""
    return Problem(first, f"no host: declare one (kind: Host), or give --host URI{more}")
