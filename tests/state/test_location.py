"""Where the state is: who says so, in which order, and that none is begun anew unnoticed."""

from __future__ import annotations

from pathlib import Path

import pytest

from state import StateError, open_state
from state.location import StateSaid, find, inside_of, leave_word, outside_of

URL = "postgresql://vr@db.example.org/vr"


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("VIRT_RECONCILE_STATE", raising=False)
    (tmp_path / "tree").mkdir()
    return tmp_path / "tree"


def _begun(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    open_state(str(path)).close()


def test_the_order_of_who_says_so(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIRT_RECONCILE_STATE", "env.db")
    said = StateSaid("option.db", "policy.db", "fleet.db", "fleet.yaml:4:7")
    assert (find(tree, said).url, find(tree, said).by) == ("option.db", "--state")
    said = StateSaid("", "policy.db", "fleet.db", "fleet.yaml:4:7")
    assert (find(tree, said).url, find(tree, said).by) == ("env.db", "VIRT_RECONCILE_STATE")
    monkeypatch.delenv("VIRT_RECONCILE_STATE")
    assert (find(tree, said).url, find(tree, said).by) == ("policy.db", "the policy")
    found = find(tree, StateSaid(fleet="x/fleet.db", origin="fleet.yaml:4:7"))
    assert (found.url, found.by) == (str(tree / "x/fleet.db"), "the Fleet (fleet.yaml:4:7)")
    assert find(tree, StateSaid()).url == str(inside_of(tree))
    assert find(tree, StateSaid(), keeper=True).url == str(outside_of(tree))


@pytest.mark.parametrize("where", [inside_of, outside_of])
@pytest.mark.parametrize("place", [".virt-reconcile/new.db", URL])
def test_a_fleet_that_says_another_place_begins_none_anew(tree: Path, where: object, place: str) -> None:
    assert callable(where)
    _begun(where(tree))
    with pytest.raises(StateError, match="still: ") as caught:
        find(tree, StateSaid(fleet=place, origin="f"))
    assert str(where(tree)) in str(caught.value)
    if "://" not in place:
        command = str(caught.value).partition("still: ")[2].partition("; or move")[0]
        assert command.split()[0] in ("mkdir", "mv")
        (tree / place).parent.mkdir(exist_ok=True)
        where(tree).rename(tree / place)
    else:
        where(tree).rename(tree / "away")
    assert find(tree, StateSaid(fleet=place, origin="f")).fleets


def test_a_place_that_a_fleet_no_longer_says_is_remembered(tree: Path) -> None:
    _begun(tree / ".virt-reconcile" / "own.db")
    for place in (str(tree / ".virt-reconcile" / "own.db"), URL):
        leave_word(tree, place)
        for said in (StateSaid(), StateSaid(fleet="other.db", origin="f")):
            with pytest.raises(StateError, match="the state of this tree is at"):
                find(tree, said)
    assert find(tree, StateSaid(fleet=URL, origin="f")).url == URL


def test_a_link_does_not_lead_the_state_out_of_the_tree(tree: Path) -> None:
    (tree / "out").symlink_to(tree.parent)
    with pytest.raises(StateError, match="leads out of the tree"):
        find(tree, StateSaid(fleet="out/x.db", origin="f"))
