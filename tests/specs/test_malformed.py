"""Malformed trees: an error at the place, exit 3, no traceback, nothing changed."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.cli.main import call
from specs.compiling.loader import load
from specs.diagnostics import InvalidTree
from tests.specs.malformed import CASES, Case
from tests.specs.tree import HOST, domain, write

cases = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


def _problems(root: Path) -> list[str]:
    with pytest.raises(InvalidTree) as caught:
        load(root)
    return [str(problem) for problem in caught.value.problems]


def _refused_by_the_program(root: Path, capfd: pytest.CaptureFixture[str]) -> str:
    """What `validate` says; `apply` says the same, and neither leaves anything behind."""
    before = sorted(root.rglob("*"))
    assert call(["validate", str(root)]) == 3
    said, errors = capfd.readouterr()
    assert errors == ""
    assert call(["apply", str(root), "--yes"]) == 3
    output, errors = capfd.readouterr()
    assert output == ""
    assert errors.startswith(said)
    assert "Traceback" not in errors
    assert sorted(root.rglob("*")) == before
    return said


@cases
def test_the_error_is_at_its_place(tmp_path: Path, case: Case) -> None:
    started = time.process_time()
    problems = _problems(write(tmp_path, case.files))
    assert [
        problem
        for problem in problems
        if problem.startswith(case.at) and all(word in problem for word in case.words)
    ], "\n".join(problems)
    assert time.process_time() - started < 5


@cases
def test_the_program_refuses_it(tmp_path: Path, case: Case, capfd: pytest.CaptureFixture[str]) -> None:
    said = _refused_by_the_program(write(tmp_path, case.files), capfd)
    assert case.at in said
    assert all(word in said for word in case.words)


def _directory(root: Path) -> None:
    (root / "x.yaml").mkdir()


def _dangling(root: Path) -> None:
    (root / "x.yaml").symlink_to("nowhere.yaml")


def _loop(root: Path) -> None:
    (root / "x.yaml").symlink_to("x.yaml")


def _fifo(root: Path) -> None:
    os.mkfifo(root / "x.yaml")


def _outside(root: Path) -> None:
    (root / "x.yaml").symlink_to("/etc/passwd")


def _device(root: Path) -> None:
    (root / "x.yaml").symlink_to("/dev/zero")


def _folder(root: Path) -> None:
    (root / "d").mkdir()
    (root / "x.yaml").symlink_to("d")


def _sparse(root: Path) -> None:
    with (root / "x.yaml").open("wb") as file:
        file.truncate(100 * 1024 * 1024)


def _deep(root: Path) -> None:
    (root / "/".join(["d"] * 40)).mkdir(parents=True)


@pytest.mark.parametrize(
    ("make", "at", "word"),
    [
        (_directory, "x.yaml:1:1", "folder with the name of a file"),
        (_dangling, "x.yaml:1:1", "No such file"),
        (_loop, "x.yaml:1:1", "Too many levels"),
        (_fifo, "x.yaml:1:1", "no regular file"),
        (_outside, "x.yaml:1:1", "out of the tree"),
        (_device, "x.yaml:1:1", "out of the tree"),
        (_folder, "x.yaml:1:1", "leads to a folder"),
        (_sparse, "x.yaml:1:1", "larger than 16 MiB"),
        (_deep, "d/d/d/", "deeper than 32"),
    ],
)
def test_no_file_to_read(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], make: Callable[[Path], None], at: str, word: str
) -> None:
    write(tmp_path, {"host.yaml": HOST, "a.yaml": domain()})
    make(tmp_path)
    said = _refused_by_the_program(tmp_path, capfd)
    assert f"{at}" in said
    assert word in said


def test_an_unreadable_file(ordinary_folder: Path) -> None:
    write(ordinary_folder, {"a.yaml": HOST})
    (ordinary_folder / "a.yaml").chmod(0)
    assert "Permission denied" in _problems(ordinary_folder)[0]


def test_no_such_tree(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert call(["validate", str(tmp_path / "gone")]) == 3
    assert "there is no such folder" in capfd.readouterr().out


def test_every_problem_is_said_at_once(tmp_path: Path) -> None:
    documents = {f"{case.name}.yaml": case.content for case in CASES if case.name in _INDEPENDENT}
    problems = _problems(write(tmp_path, {"host.yaml": HOST, **documents}))
    for name in _INDEPENDENT:
        assert any(problem.startswith(f"{name}.yaml:") for problem in problems), name


_INDEPENDENT = ("bad size", "unknown key", "wrong kind", "bad indentation", "invalid UTF-8", "python tag")


def test_a_broken_resource_is_not_said_to_lack_besides(tmp_path: Path) -> None:
    network = "apiVersion: virt-reconcile/v1\nkind: Network\nmetadata: {name: lan}\nspec: {forwart: nat}\n"
    tree = {"host.yaml": HOST, "n.yaml": network, "a.yaml": domain(more="interfaces: [{network: lan}]")}
    assert [problem.partition(":")[0] for problem in _problems(write(tmp_path, tree))] == ["n.yaml"]


def test_a_broken_host_is_not_said_to_lack_besides(tmp_path: Path) -> None:
    tree = {"host.yaml": HOST.replace("uri", "url"), "a.yaml": domain(), "b.yaml": domain("b", "host: h1")}
    assert {problem.partition(":")[0] for problem in _problems(write(tmp_path, tree))} == {"host.yaml"}
