"""Control groups of a host's own, so that its guests are no part of the machine's."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path


def group_paths(name: str) -> list[Path]:
    """Where a host's groups are to be: one in every hierarchy of version 1, below the group that we are
    in; where the machine has version 2 only, one at its root, below which controllers may be enabled."""
    points = dict(_hierarchies())
    unified = points.pop(frozenset(), None)
    if not points:
        return [unified / name] if unified else []
    paths = []
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        point = points.get(frozenset(controllers.split(",")))
        if point:
            paths.append(Path(f"{point}{path}") / name)
    return paths


def make_group(group: Path) -> None:
    """Makes a group that processes may enter."""
    group.mkdir(exist_ok=True)
    for setting in ("cpuset.cpus", "cpuset.mems"):  # empty at first in version 1; then nothing may enter
        if (group / setting).exists() and not (group / "cgroup.controllers").exists():
            (group / setting).write_text((group.parent / setting).read_text())


def remove_group(group: Path) -> None:
    """Removes a group and those below it, once the last process has really left."""
    for folder, _, _ in os.walk(group, topdown=False):
        for _ in range(50):
            try:
                Path(folder).rmdir()
                break
            except OSError:
                time.sleep(0.1)


def _hierarchies() -> Iterator[tuple[frozenset[str], Path]]:
    """Controllers and mount point of every hierarchy; version 2 has no names."""
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        before, _, after = line.partition(" - ")
        kind, _, options = after.split(" ", 2)
        at = Path(before.split()[4])
        if kind == "cgroup":
            yield frozenset(options.split(",")) - {"rw", "ro", "xattr", "clone_children"}, at
        elif kind == "cgroup2":
            yield frozenset(), at
