"""What a commit that waits would do is planned beside what is in force, and keeps nobody waiting."""

from __future__ import annotations

import threading
from pathlib import Path

from reconciler.controller.foresight import Foresight
from reconciler.controller.trees import Tree
from reconciler.operations import Define
from reconciler.plan import Options, Plan
from reconciler.plan.model import Action, Status, Verdict
from specs.compiling.loader import load
from specs.identity import Address, Kind
from tests.reconciler.cli.lab import wait_until
from tests.specs.tree import HOST, write


def tree(folder: Path, commit: str) -> Tree:
    return Tree(commit, load(write(folder, {"a.yaml": HOST})), Options(commit=commit))


def plan(*names: str) -> Plan:
    addresses = [Address(Kind.DOMAIN, name) for name in names]
    verdicts = tuple(Verdict(address, "h1", Status.CREATE) for address in addresses)
    actions = tuple(Action(f"define {a}", Define("<domain/>"), a, "h1", a.name) for a in addresses)
    return Plan("f", "tree", 0.0, {}, verdicts, actions)


def test_it_is_told_once_it_is_known(tmp_path: Path) -> None:
    may = threading.Event()
    asked: list[tuple[str, str]] = []

    def make(asked_of: Tree, by: Tree) -> Plan:
        assert by is in_force
        assert may.wait(60)
        asked.append((asked_of.commit, asked_of.options.commit))
        return plan("web", "db") if asked_of.commit == "new" else plan("web")

    foresight = Foresight(make)
    waiting, in_force = tree(tmp_path / "a", "new"), tree(tmp_path / "b", "old")
    assert foresight.of(waiting, in_force) == ()
    may.set()
    wait_until(lambda: foresight.of(waiting, in_force) != ())
    told = ("it would do this: Plan: 1 to create, 0 to change, 0 to delete.",)
    assert foresight.of(waiting, in_force) == told
    assert asked == [("old", "new"), ("new", "new")]


def test_what_cannot_be_planned_is_told_too(tmp_path: Path) -> None:
    def fail(*_: Tree) -> Plan:
        raise ValueError("no")

    foresight, waiting, in_force = Foresight(fail), tree(tmp_path / "a", "new"), tree(tmp_path / "b", "old")
    wait_until(lambda: foresight.of(waiting, in_force) != ())
    assert foresight.of(waiting, in_force)[0].startswith("what it would do is not known: ")
    assert foresight.of(waiting, None) == ()
