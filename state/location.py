"""Where the state of a tree is: one rule for all commands, so that no two states part unnoticed.

1. What is given: --state, else VIRT_RECONCILE_STATE, else the policy's.
2. What the Fleet says: a file of the tree, or what the policy allows besides.
3. The tree's folder in the user's state home, once `run` has made a state there.
4. TREE/.virt-reconcile/state.db; `run` moves it to the state home when it first begins.
5. For a tree without any state: the state home for `run`, TREE/.virt-reconcile for the others.

Whoever writes to the tree can lay files in it, so what lies there is believed only as state.trust and
state.sqlite.trust say.
"""

from __future__ import annotations

import hashlib
import os
import re
import shlex
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from specs.reading.trust import mistrusted
from state.errors import StateError
from state.folder import make_folder
from state.owning import how_to_own
from state.trust import require_own

VARIABLE = "VIRT_RECONCILE_STATE"
_FOLDER, _FILE = ".virt-reconcile", "state.db"
_ELSEWHERE = "state.elsewhere"
"""Lies in the tree and names the place outside, for users whose own state home is another."""

_ELSE = "; --state names another place"
_NOTE_BYTES = 4096
_SYSTEM = Path("/var/lib/virt-reconcile")


@dataclass(frozen=True, slots=True)
class StateLocation:
    """Where the state is, and who says so; `inside` is one in the tree that is to be moved there first."""

    url: str
    inside: Path | None = None
    by: str = ""
    fleets: bool = False
    """Whether the Fleet says so."""


@dataclass(frozen=True, slots=True)
class StateSaid:
    """What is said of where a state is: on the command line, by the policy, and by the Fleet at `origin`."""

    option: str = ""
    policy: str = ""
    fleet: str = ""
    origin: str = ""

    def first(self) -> StateLocation | None:
        """What goes before everything that a tree says or holds."""
        given = (
            (self.option, "--state"),
            (os.environ.get(VARIABLE, ""), VARIABLE),
            (self.policy, "the policy"),
        )
        return next((StateLocation(url, by=by) for url, by in given if url), None)


def find(tree: Path, said: StateSaid, *, keeper: bool = False) -> StateLocation:
    """The state of a tree. `keeper` is who keeps it for ever (`run`), and writes.

    Raises StateError when the tree's state is known to be somewhere that this user does not look.
    """
    given = said.first()
    if given:
        return given
    if said.fleet:
        return _by_fleet(tree, said)
    outside, inside = outside_of(tree), inside_of(tree)
    if _is_there(outside):
        return StateLocation(str(outside))
    if _is_there(inside):
        return StateLocation(str(outside), inside) if keeper else StateLocation(str(inside))
    require_not_elsewhere(tree, str(outside))
    if keeper or mistrusted(inside.parent, folder=True):
        return StateLocation(str(outside))
    return StateLocation(str(inside))


def _by_fleet(tree: Path, said: StateSaid) -> StateLocation:
    """Raises StateError where the Fleet's place leads out of the tree, or is another than the one so far."""
    url = said.fleet if "://" in said.fleet else str(tree / said.fleet)
    place = StateLocation(url, by=f"the Fleet ({said.origin})", fleets=True)
    if "://" not in url:
        real, top = os.path.realpath(url), os.path.realpath(tree)
        if not said.fleet.startswith("/") and os.path.commonpath([real, top]) != top:
            raise StateError(
                f"the state {url} of {place.by} leads out of the tree; --state names another place"
            )
        if _is_there(Path(url)):
            return place
    if told_elsewhere(tree) == url:
        return place
    require_not_elsewhere(tree, url)
    for known in (outside_of(tree), inside_of(tree)):
        if str(known) != url and _is_there(known):
            raise StateError(_how_to_move(known, url, place.by))
    return place


def _how_to_move(known: Path, url: str, by: str) -> str:
    """The state is a cache, but nobody should lose it by a line in a file."""
    there = f"{by} says that the state is {url}, and that of this tree is {known} still"
    if "://" in url:
        return f"{there}: move {known} away to begin anew there (the next apply adopts what it finds)"
    folder = Path(url).parent
    commands = [] if folder.is_dir() else [f"mkdir -p -m 700 {shlex.quote(str(folder))}"]
    for part in ("", ".key"):
        if part == "" or known.with_name(known.name + part).exists():
            commands.append(f"mv {shlex.quote(f'{known}{part}')} {shlex.quote(f'{url}{part}')}")
    moved = " && ".join(commands)
    return f"{there}: {moved}; or move {known} away to begin anew"


def bring_out(place: StateLocation, command: str) -> bool:
    """Moves the state in the tree to its place outside; whether it did, for somebody may have come first.

    Raises StateError when the one in the tree is not trusted, damaged or in use.
    """
    if place.inside is None:
        return False
    from state.sqlite.moving import bring

    return bring(place.inside, Path(place.url), command)


def unused(tree: Path, given: str) -> str:
    """What a person should know of a state that lies in the tree and is not the one that counts."""
    inside, outside = inside_of(tree), outside_of(tree)
    if given or os.environ.get(VARIABLE):
        return ""
    try:
        both = _is_there(inside) and _is_there(outside)
    except StateError:  # whoever opens it is told
        return ""
    where = f"{inside} is not used: the state of this tree is {outside}"
    return f"{where}; remove the one that you do not mean" if both else ""


def inside_of(tree: Path) -> Path:
    """The state's place in the tree."""
    return tree / _FOLDER / _FILE


def outside_of(tree: Path) -> Path:
    """The tree's place in the state home, told by the tree's own path: whatever the files say, a tree has
    one state."""
    real = os.path.realpath(tree)
    name = re.sub(r"[^\w.-]+", "-", os.path.basename(real), flags=re.ASCII)[:40] or "tree"  # noqa: PTH119
    return home() / f"{name}-{hashlib.sha256(os.fsencode(real)).hexdigest()[:16]}" / _FILE


def leave_word(tree: Path, state: str) -> None:
    """Says in the tree where its state is kept, unless that is where everybody looks; a tree that cannot be
    written to goes without."""
    inside, outside = inside_of(tree), outside_of(tree)
    state = state if "://" in state else os.path.abspath(state)  # noqa: PTH100 - as it was given, links and all
    if inside.exists() or (state != str(outside) and outside.exists()):
        return
    with suppress(OSError, StateError):
        make_folder(inside.parent)
        handle = os.open(inside.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            _write_note(handle, inside.with_name(_ELSEWHERE), os.fsencode(state) + b"\n")
        finally:
            os.close(handle)


def _write_note(folder: int, note: Path, text: bytes) -> None:
    """A new file; an older note of ours that says something else gives way."""
    if _is_there(note):
        require_own(note)
        if note.read_bytes() == text:
            return
        os.unlink(_ELSEWHERE, dir_fd=folder)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(_ELSEWHERE, flags, 0o644, dir_fd=folder), "wb") as file:
        file.write(text)


def home() -> Path:
    """The state home: in $XDG_STATE_HOME; without it /var/lib for root, ~/.local/state for others."""
    base = os.environ.get("XDG_STATE_HOME", "")
    if Path(base).is_absolute():
        return Path(base) / "virt-reconcile"
    if os.geteuid() == 0:
        return _SYSTEM
    try:
        return Path.home() / ".local" / "state" / "virt-reconcile"
    except RuntimeError:  # a user without a name and a home, as in a container
        return _SYSTEM


def _is_there(path: Path) -> bool:
    """Raises StateError when that cannot be told: a state is never taken for absent."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise StateError(
            f"the state {path} cannot be opened: {error.strerror}{how_to_own(path) or _ELSE}"
        ) from error
    return True


def told_elsewhere(tree: Path) -> str:
    """The place that the note in the tree names; '' without a note. Raises StateError for one that is not to
    be believed."""
    note = inside_of(tree).parent / _ELSEWHERE
    if not _is_there(note):
        return ""
    require_own(note)
    with note.open("rb") as file:
        return os.fsdecode(file.read(_NOTE_BYTES)).strip().replace("\0", "")


def require_not_elsewhere(tree: Path, here: str) -> None:
    """The tree was moved, another user's `run` keeps its state, or the Fleet said another place."""
    named = told_elsewhere(tree)
    try:
        gone = named in ("", here) or ("://" not in named and not _is_there(Path(named)))
    except StateError:
        gone = False
    if gone:
        return
    note = inside_of(tree).parent / _ELSEWHERE
    moved = f"if the tree was moved or copied, move its folder to {Path(here).parent}; "
    raise StateError(
        f"the state of this tree is at {named!r}, as {note} says: give it with --state, or,"
        f" {'' if '://' in named + here else moved}to begin without a state, remove {note}"
    )
