"""Exit codes: the same for the same thing, whichever command meets it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from reconciler.cli.ends import CHANGES, FAILED, INVALID, OK
from tests.reconciler.cli.lab import Lab

LOOKING = (("plan",), ("diff",), ("status",), ("apply", "--dry-run"))
DOING = (("apply", "--yes"), ("run", "--once"))
ALL = (*LOOKING, ("run", "--once", "--observe"), *DOING)


def codes(lab: Lab, *commands: tuple[str, ...], more: tuple[str, ...] = ()) -> dict[str, int]:
    return {" ".join((name, *rest)): lab(name, "TREE", *rest, *more).code for name, *rest in commands}


def test_changes_are_told_only_where_that_is_asked_for(shop: Lab) -> None:
    assert set(codes(shop, *LOOKING).values()) == {OK}
    assert set(codes(shop, *LOOKING, more=("--detailed-exitcode",)).values()) == {CHANGES}
    assert shop("apply", "TREE", "--yes", "--detailed-exitcode").code == CHANGES
    assert set(codes(shop, *LOOKING, ("apply", "--yes"), more=("--detailed-exitcode",)).values()) == {OK}
    assert shop("destroy", "TREE", "--dry-run", "--detailed-exitcode").code == CHANGES
    assert shop("release", "TREE", "Domain/web", "--dry-run").code == OK
    assert shop.domains() == {"web": "running", "db": "running"}


def test_what_is_held_back_is_no_error(shop: Lab) -> None:
    shop.applied()
    shop.guest("web", memory="2GiB")
    shop.applied()
    assert "waits for a restart" in shop("plan", "TREE").out
    assert set(codes(shop, *ALL).values()) == {OK}


def test_what_is_blocked_is_an_error_everywhere(shop: Lab) -> None:
    """Another fleet's guests, and more deletions than are allowed."""
    shop.applied()
    (shop.tree / "web.yaml").unlink()
    shop.fleet(most=0)
    assert shop("plan", "TREE", "--prune", "--detailed-exitcode").code == FAILED
    found = codes(shop, ("plan",), ("apply", "--dry-run"), ("apply", "--yes"), more=("--prune",))
    assert set(found.values()) == {FAILED}, found
    shop.guest("web")
    shutil.rmtree(shop.tree / ".virt-reconcile")
    shop.fleet(name="rival", uuid="")
    found = codes(shop, *ALL, ("destroy", "--yes"), ("plan", "--detailed-exitcode"))
    assert set(found.values()) == {FAILED}, found


def test_a_host_that_is_not_reached_is_an_error_everywhere(shop: Lab, tmp_path: Path) -> None:
    shop.applied()
    shop.fleet(hv1=f"sim://{tmp_path}/nowhere/else.db")
    found = codes(shop, *ALL, ("hosts",), ("destroy", "--yes"))
    assert set(found.values()) == {FAILED}, found


@pytest.mark.parametrize("command", [("validate",), ("destroy", "--yes"), *LOOKING])
def test_invalid_files_have_a_code_of_their_own(shop: Lab, command: tuple[str, ...]) -> None:
    shop.write("bad.yaml", "apiVersion: virt-reconcile/v1\nkind: Domian\n")
    assert codes(shop, command).popitem()[1] == INVALID
