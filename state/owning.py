"""Whose a state is, where it cannot be used for that: what to type then."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

from specs.reading.trust import user_name


def how_to_own(path: Path, part: Path | None = None) -> str:
    """'; it belongs to root: …' of a state, of a part of it or of its nearest folder that can be looked at;
    '' where that is not what is wrong."""
    what, owner = _nearest((part or path).absolute())
    me = os.geteuid()
    if owner in (None, me) or (me == 0 and str(owner) != os.environ.get("SUDO_UID")):
        return ""
    assert owner is not None
    name, place = user_name(owner), shlex.quote(str(path.absolute().parent))
    if me == 0:
        return (
            f"; {what} belongs to {name}, as whom you are root now: run this without sudo, or, if root is to"
            f" apply from now on: sudo chown -R root: {place}"
        )
    mine = f"to have it yourself: sudo chown -R {user_name(me)}: {place}"
    if owner == 0:
        return f"; {what} belongs to root, who was here before: run this with sudo as well, or, {mine}"
    return f"; {what} belongs to {name}: run this as {name}, or, {mine}"


def begun_by_sudo(path: Path, tree: Path) -> str:
    """What to tell of a state that root is about to begin in the tree of whoever called sudo; '' else."""
    user = os.environ.get("SUDO_UID", "")
    if os.geteuid() != 0 or user in ("", "0") or path.exists():
        return ""
    owner = _nearest(tree.absolute())[1]
    if str(owner) != user or tree.resolve() not in path.resolve().parents:
        return ""
    return (
        f"the state {path} is root's, for this runs under sudo: go on with sudo, or, to do without:"
        f" sudo chown -R {user_name(int(user))}: {shlex.quote(str(path.parent))}"
    )


def _nearest(path: Path) -> tuple[Path, int | None]:
    """What of a path can be looked at, from its end on, and whose that is."""
    for each in (path, *path.parents):
        try:
            return each, each.lstat().st_uid
        except OSError:
            continue
    return path, None
