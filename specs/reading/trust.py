"""Whether others could have put a file there: what is believed must be the user's own."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path


def mistrusted(path: Path, *, folder: bool = False) -> str:
    """Why what lies at a path is not to be believed; '' when it is the user's (or root's) own regular file
    or folder that nobody else may write to, and also when nothing is there."""
    try:
        found = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except OSError as error:
        return f"it cannot be looked at ({error.strerror})"
    return mistrusted_stat(found, folder=folder)


def mistrusted_stat(found: os.stat_result, *, folder: bool = False) -> str:
    """As `mistrusted`, of what is open already."""
    if stat.S_ISLNK(found.st_mode):
        return "it is a link"
    if folder and not stat.S_ISDIR(found.st_mode):
        return "it is no folder"
    if not folder and not stat.S_ISREG(found.st_mode):
        return "it is a folder" if stat.S_ISDIR(found.st_mode) else "it is no regular file"
    if found.st_uid not in (os.geteuid(), 0):
        return f"it belongs to {user_name(found.st_uid)}"
    # A sticky folder (/tmp) counts: others cannot take files away there, but lay theirs beside them.
    if found.st_mode & stat.S_IWOTH or (found.st_mode & stat.S_IWGRP and not _alone_in(found.st_gid)):
        return f"others may write to it (mode {stat.S_IMODE(found.st_mode):04o})"
    return ""


def _alone_in(group: int) -> bool:
    """Whether a group is the user's private one, as many systems make it with the user."""
    import grp
    import pwd

    with suppress(KeyError):
        user, known = pwd.getpwuid(os.geteuid()), grp.getgrgid(group)
        return user.pw_gid == group and known.gr_name == user.pw_name and not {*known.gr_mem} - {user.pw_name}
    return False


def user_name(number: int) -> str:
    """How a user is called, by the number."""
    import pwd

    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"user {number}"


def own_home() -> Path:
    """The home of the user that this process is. Under sudo HOME may be another's, whose files root would
    leave there unreadable to them. Raises RuntimeError where there is none."""
    home = Path.home()
    if os.geteuid() == 0 and os.environ.get("SUDO_UID", "0") != "0" and home.stat().st_uid != 0:
        return Path("~root").expanduser()
    return home


def cache_home() -> Path:
    """Where the user's programs keep what can be made anew (XDG's base directories). Raises RuntimeError
    where there is no home, OSError where it cannot be looked at."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    return Path(base) if Path(base).is_absolute() else own_home() / ".cache"
