"""A folder that is no tree says so in one line."""

from __future__ import annotations

from pathlib import Path

from specs.compiling.loader import load
from specs.diagnostics import InvalidTree
from tests.specs.tree import HOST, document, domain, write

FLEET = document("Fleet", "f", "{}")


def _problems(root: Path) -> list[str]:
    try:
        load(root)
    except InvalidTree as error:
        return [str(problem) for problem in error.problems]
    return []


def test_a_part_of_a_tree_names_the_tree(tmp_path: Path) -> None:
    write(tmp_path, {"fleet.yaml": FLEET, "host.yaml": HOST, "guests/a/a.yaml": domain(), "guests/b.txt": ""})
    (problem,) = _problems(tmp_path / "guests" / "a")
    assert problem == (
        f"{tmp_path}/guests/a: this folder has no Fleet and is part of the tree {tmp_path}: give that folder"
    )
    write(tmp_path / "guests" / "a", {"host.yaml": HOST})
    (warning,) = load(tmp_path / "guests" / "a").warnings
    assert "is part of the tree" in warning.message
    (tmp_path / "guests" / ".git").mkdir()
    assert load(tmp_path / "guests" / "a").warnings == ()  # another repository's is another's


def test_a_folder_of_trees_names_them(tmp_path: Path) -> None:
    for name in ("b", "a"):
        write(tmp_path, {f"{name}/fleet.yaml": FLEET, f"{name}/host.yaml": HOST, f"{name}/x.yaml": domain()})
    (problem,) = _problems(tmp_path)
    assert problem == (
        f"{tmp_path}: this folder is no tree, but holds 2, each with a Fleet: a, b; give one of them"
    )
    write(tmp_path, {"fleet.yaml": FLEET})
    (problem,) = _problems(tmp_path)
    assert problem.startswith(
        "a/fleet.yaml:1:1: a Fleet of its own inside of the tree of another (fleet.yaml"
    )
    write(tmp_path, {".virt-reconcile-ignore": "/a/\n/b/\n"})
    assert _problems(tmp_path) == []


def test_a_folder_around_a_tree_is_warned_of(tmp_path: Path) -> None:
    write(tmp_path, {"lab/fleet.yaml": FLEET, "lab/host.yaml": HOST, "lab/x.yaml": domain()})
    (warning,) = load(tmp_path).warnings
    assert "all that is declared here is in lab: give that folder" in warning.message
    write(tmp_path, {"guests/y.yaml": domain("y")})
    assert load(tmp_path).warnings == ()


def test_a_folder_of_others_says_how_to_begin(tmp_path: Path) -> None:
    write(tmp_path, {"pom.xml": "<project/>"})
    (problem,) = _problems(tmp_path)
    assert problem.startswith(f"{tmp_path}: no file of virt-reconcile is in this folder (1 of other tools)")
    assert f"virt-reconcile init {tmp_path}" in problem
    write(tmp_path, {".virt-reconcile-ignore": "*", "a.yaml": domain()})
    assert "in this folder, but for what .virt-reconcile-ignore leaves out" in _problems(tmp_path)[0]
    write(tmp_path, {"lab/fleet.yaml": FLEET})
    assert "leaves out; a tree is in lab: give that folder" in _problems(tmp_path)[0]


def test_a_file_is_told_its_tree(tmp_path: Path) -> None:
    write(tmp_path, {"fleet.yaml": FLEET, "guests/a.yaml": domain()})
    for name in ("fleet.yaml", "guests/a.yaml"):
        (problem,) = _problems(tmp_path / name)
        assert problem == f"{tmp_path / name}: this is a file, and a tree is a folder: give {tmp_path}"
    (problem,) = _problems(tmp_path / "gone")
    assert problem == f"{tmp_path / 'gone'}: there is no such folder"


def test_that_no_host_is_declared_is_said_once(tmp_path: Path) -> None:
    write(tmp_path, {f"{name}.yaml": domain(name) for name in "abc"})
    (problem,) = _problems(tmp_path)
    assert problem == (
        "a.yaml:4:7: no host: declare one (kind: Host), or give --host URI (2 more here have none either)"
    )
