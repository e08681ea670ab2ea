"""root and its user, mixed: each is told what to type."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from specs.reading import trust
from state import StateError, open_state
from state.location import StateSaid, find, inside_of
from state.owning import begun_by_sudo, how_to_own

ROOT = os.geteuid() == 0
NOBODY = 65534


@pytest.fixture
def tree() -> Iterator[Path]:
    """A tree with a state in it, in a folder that everybody can look into."""
    with TemporaryDirectory() as made:
        folder = Path(made)
        folder.chmod(0o755)
        inside_of(folder).parent.mkdir(mode=0o700)
        open_state(str(inside_of(folder))).close()
        yield folder


def test_of_ones_own_nothing_is_said(tree: Path) -> None:
    assert how_to_own(inside_of(tree)) == ""
    assert begun_by_sudo(inside_of(tree), tree) == ""


@pytest.mark.skipif(not ROOT, reason="needs files of two users")
def test_root_is_told_of_whom_it_came(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state = inside_of(tree)
    for path in (tree, state.parent, state):
        os.chown(path, NOBODY, -1)
    monkeypatch.setenv("SUDO_UID", str(NOBODY))
    name = trust.user_name(NOBODY)
    with pytest.raises(
        StateError, match=rf"belongs to {name}, as whom you are root now: run this without sudo"
    ):
        open_state(str(state))
    state.unlink()
    assert f"sudo chown -R {name}: {state.parent}" in begun_by_sudo(state, tree)
    assert begun_by_sudo(tree.parent / "state.db", tree) == ""
    monkeypatch.setenv("HOME", str(tree))
    assert trust.own_home() == Path("~root").expanduser()
    monkeypatch.delenv("SUDO_UID")
    assert (begun_by_sudo(state, tree), how_to_own(state), trust.own_home()) == ("", "", tree)


@pytest.mark.skipif(not ROOT, reason="needs files of two users")
def test_a_user_is_told_of_what_root_left(tree: Path) -> None:
    state = inside_of(tree)
    before = os.getegid()
    os.setegid(NOBODY)
    os.seteuid(NOBODY)
    try:
        told = how_to_own(state)
        assert f"{state.parent} belongs to root, who was here before: run this with sudo as well" in told
        assert f"sudo chown -R {trust.user_name(NOBODY)}: {state.parent}" in told
        with pytest.raises(StateError, match=r"Permission denied; .* belongs to root"):
            find(tree, StateSaid())
    finally:
        os.seteuid(0)
        os.setegid(before)
