"""A Fleet that says where its state is, and commands that work while files are invalid."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.cli.commands import COMMANDS
from state.location import outside_of
from tests.reconciler.cli.lab import Lab

WORKING: dict[str, tuple[str, ...] | None] = {
    "status": (),
    "history": (),
    "logs": ("web", "TREE"),
    "hosts": (),
    "decisions": (),
    "commits": (),
    "suspend": ("Domain/web", "TREE", "--reason", "x"),
    "resume": ("Domain/web", "TREE"),
    "pin": None,
    "unpin": None,
    "skip": None,
    "approve": None,
    "console": ("web", "TREE", "--timeout", "0.1"),
}
"""By the last good tree, or the state; None of those that speak of commits, which the folder has none of."""

REFUSING: dict[str, tuple[str, ...]] = {
    "validate": (),
    "plan": (),
    "apply": ("TREE", "--yes"),
    "diff": (),
    "destroy": ("TREE", "--yes"),
    "release": ("TREE", "Domain/web"),
    "rebalance": (),
    "convert": ("TREE", "web", "--onto", "hv1"),
    "start": ("web", "TREE"),
    "stop": ("web", "TREE"),
    "restart": ("web", "TREE"),
    "snapshot": ("web", "TREE"),
    "snapshots": (),
    "revert": ("web", "TREE"),
}
"""What goes by the files themselves."""

APART = {"init", "adopt", "run", "token", "schema", "explain", "lab", "completion"}
"""What asks no tree, makes one, or waits until it is mended."""


def _spoil(shop: Lab) -> None:
    shop.write("bad.yaml", "kind: [")


def _called(shop: Lab, command: str, arguments: tuple[str, ...]) -> tuple[int, str]:
    said = shop(command, *(arguments or ("TREE",)))
    return said.code, said.out + said.err


def test_while_files_are_invalid(shop: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command is one of these; what the state or the last good tree can answer is answered."""
    left_over = set(COMMANDS) - WORKING.keys() - REFUSING.keys() - APART
    assert not left_over, f"say in which of the tables they belong: {left_over}"
    shop.applied()
    _spoil(shop)
    for command, refused in REFUSING.items():
        code, said = _called(shop, command, refused)
        assert code == 3, (command, said)
        assert "bad.yaml:2:1: not YAML" in said
    for command, arguments in WORKING.items():
        if arguments is not None:
            code, said = _called(shop, command, arguments)
            if command != "console":  # the simulated guest has none; that is said of its host
                assert code == 0, (command, said)
            assert "the files are invalid (problems: 1; virt-reconcile validate" in said, command
            assert "bad.yaml" not in said, command
    monkeypatch.chdir(shop.tree)  # however the folder is called
    assert "converged" in shop("status", ".").out


def test_without_a_last_good_tree_the_state_answers(shop: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.applied()
    _spoil(shop)
    monkeypatch.setenv("XDG_CACHE_HOME", str(shop.path / "another cache"))
    assert shop("status", "TREE").code == 3
    assert "apply" in shop("history", "TREE").out
    assert "hv1" in shop("hosts", "TREE").out
    assert shop("suspend", "Domain/web", "TREE", "--reason", "x").code == 0
    assert "Domain/web" in shop("decisions", "TREE").out
    shop.write("fleet.yaml", (shop.tree / "fleet.yaml").read_text().replace("uuid", "uid"))
    assert shop("history", "TREE").code == 3


def _says(shop: Lab, place: str) -> None:
    text = (shop.tree / "fleet.yaml").read_text()
    shop.write("fleet.yaml", text.replace("spec: {uuid", f"spec: {{state: '{place}', uuid"))


def test_every_command_finds_the_state_of_the_fleet(shop: Lab) -> None:
    _says(shop, ".virt-reconcile/shop.db")
    shop.applied()
    assert (shop.tree / ".virt-reconcile" / "shop.db").exists()
    assert shop("history", "TREE", "-o", "json").json["runs"][0]["id"] == 1
    assert shop("run", "TREE", "--once").code == 0
    assert not outside_of(shop.tree).exists()  # where `run` keeps it otherwise
    plan = str(shop.path / "p")
    shop.guest("web", memory="2GiB")
    assert shop("plan", "TREE", "--out", plan).code == 0
    assert shop("apply", plan, "--yes").code == 0
    told = shop("status", "TREE", "-v").err
    assert f"state: {shop.tree}/.virt-reconcile/shop.db, as the Fleet (fleet.yaml:1:1) says" in told
    shop.write("fleet.yaml", (shop.tree / "fleet.yaml").read_text().replace("shop.db", "other.db"))
    said = shop("apply", "TREE", "--yes")
    assert said.code == 1
    assert "the state of this tree is at" in said.err
    assert "looked at without it" in shop("plan", "TREE").err


@pytest.mark.parametrize(
    ("place", "why"),
    [
        ("/srv/state.db", "a tree does not choose a state outside of itself"),
        ("postgresql://vr@db/vr", "a tree does not choose a state outside of itself"),
        ("postgresql://vr:x@db/vr", "a password does not belong in a tree"),
        ("postgresql://db,evil/vr", "is no state"),
        ("postgresql://db/vr?host=evil", "is no state"),
        ("../state.db", "is no state"),
        (".git/hooks/x.db", "is no state"),
        ("web.yaml", "is no state"),
    ],
)
def test_a_tree_does_not_choose_anothers_state(shop: Lab, place: str, why: str) -> None:
    """As a merge request would: what the state says decides what the fleet owns."""
    _says(shop, place)
    said = shop("plan", "TREE")
    assert said.code == 3
    assert why in said.err


def test_the_policy_allows_and_settles(shop: Lab, tmp_path: Path) -> None:
    policy = tmp_path / "policy.yaml"
    head = "apiVersion: virt-reconcile/v1\nkind: ControllerPolicy\n"
    policy.write_text(f"{head}state: {{allow: ['{tmp_path}/states/*.db', 'postgresql://vr@*.org/*']}}\n")
    _says(shop, f"{tmp_path}/states/shop.db")
    assert shop("apply", "TREE", "--yes", "--policy", str(policy)).code == 0
    assert (tmp_path / "states" / "shop.db").exists()
    policy.write_text(f"{head}state: {{url: {tmp_path}/states/all.db}}\n")
    assert shop("apply", "TREE", "--yes", "--policy", str(policy)).code == 0
    assert (tmp_path / "states" / "all.db").exists()
    assert shop("plan", "TREE", "--policy", str(policy), "--untrusted").code in (0, 3)
