"""The controller's rounds: what one after another does, over connections that are kept."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from drivers.base.registry import open_host
from drivers.simulated import faults
from reconciler.controller.rounds import ControllerSettings, Rounds
from reconciler.engine import hosts as engine
from reconciler.engine.round import ExecutionOptions
from reconciler.faults import Fault
from reconciler.plan import Options
from specs.compiling.loader import load
from specs.desired import Desired
from state import OpenState, open_state

TREE = """
apiVersion: virt-reconcile/v1
kind: Domain
metadata: {{name: near}}
spec: {{memory: {memory}, host: near}}
---
apiVersion: virt-reconcile/v1
kind: Domain
metadata: {{name: far}}
spec: {{memory: {memory}, host: far}}
"""


@dataclass
class Controller:
    """Rounds over a tree of two hosts; `log` is what they said, `opened` the hosts that were connected to."""

    path: Path
    log: list[str] = field(default_factory=list)
    opened: list[str] = field(default_factory=list)
    refused: str = ""

    def __post_init__(self) -> None:
        (self.path / "tree").mkdir()
        self.write()
        self.rounds = Rounds(
            ControllerSettings(
                name="run tree",
                read=self.read,
                refuse=self.refuse,
                options=Options,
                store=self.store,
                execution=ExecutionOptions("run", threading.Event()),
                log=self.log.append,
                show=lambda _: None,
            )
        )

    def write(self, memory: str = "1GiB") -> None:
        (self.path / "tree" / "all.yaml").write_text(TREE.format(memory=memory))

    def read(self) -> Desired:
        hosts = {name: f"sim://{self.path}/sim.db?host={name}" for name in ("near", "far")}
        return load(self.path / "tree", hosts)

    def refuse(self, _: Desired) -> None:
        if self.refused:
            raise Fault(self.refused)

    def store(self, desired: Desired) -> AbstractContextManager[OpenState]:
        return closing(open_state(str(self.path / "state.db"), fleet=desired.fleet.name))

    def said(self) -> list[str]:
        """What one round says."""
        self.log.clear()
        self.rounds.make()
        return list(self.log)


@pytest.fixture
def controller(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Controller]:
    controller = Controller(tmp_path)

    def counting(*given: Any, host: str, **named: Any) -> Any:
        controller.opened.append(host)
        return open_host(*given, host=host, **named)

    monkeypatch.setattr(engine, "open_host", counting)
    yield controller
    controller.rounds.close()


def test_rounds_converge_over_the_same_connections(controller: Controller) -> None:
    assert controller.said()[0].startswith("Plan: 2 to create")
    assert not controller.rounds.failed
    controller.write(memory="2GiB")
    assert controller.said()[0].startswith("Plan: 0 to create, 2 to change")
    assert controller.said() == ["No changes. 2 resources match. 2 resources wait for a restart."]
    assert sorted(controller.opened) == ["far", "near"]


def test_a_host_that_goes_away_and_comes_back_is_converged_again(controller: Controller) -> None:
    controller.said()
    faults.inject(controller.path / "sim.db", "far", "*", "*", "unreachable", times=-1)
    controller.write(memory="2GiB")
    said = controller.said()
    assert controller.rounds.failed
    assert any(line.startswith("host far cannot be reached: ") for line in said)
    faults.clear(controller.path / "sim.db")
    assert controller.said()[0].startswith("Plan: 0 to create, 1 to change")
    assert not controller.rounds.failed
    assert controller.opened.count("near") == 1


def test_a_broken_file_leaves_the_last_good_tree_in_force(controller: Controller) -> None:
    controller.said()
    (controller.path / "tree" / "broken.yaml").write_text("{")
    said = controller.said()
    assert said[0].startswith("invalid: broken.yaml")
    assert said[1:] == [
        "the files are broken; the last good tree stays in force",
        "No changes. 2 resources match.",
    ]


def test_a_tree_that_must_not_be_applied_is_said_and_tried_again(controller: Controller) -> None:
    controller.refused = "not signed; nothing was done"
    assert controller.said() == ["error: not signed; nothing was done"]
    assert controller.rounds.failed
    controller.refused = ""
    assert controller.said()[0].startswith("Plan: 2 to create")


def test_a_mistake_of_ours_ends_no_controller(
    controller: Controller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumbles(*_: object) -> None:
        raise ValueError("a mistake")

    monkeypatch.setattr(engine.Hosts, "reach", stumbles)
    assert "internal error" in controller.said()[0]
    assert controller.rounds.failed
