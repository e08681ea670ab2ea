"""The command that runs the suite where no other run does."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from drivers.contract.host import ContractHost
from reconciler.lab.errors import MissingComponent
from tests.drivers.hosts import sim
from tests.hypervisors import __main__ as frame


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A hypervisor called toy; what it was asked for."""
    asked: list[str] = []
    module = ModuleType("tests.hypervisors.toy")

    @contextmanager
    def started(cache: Path) -> Iterator[ContractHost]:
        asked.append(f"start {(cache / 'root').read_text()}")
        yield replace(sim.HOST, name="toy")
        asked.append("stop")

    def prepare(cache: Path) -> None:
        if not (cache / "root").exists():
            asked.append("build")
            (cache / "root").write_text("root")

    vars(module).update(prepare=prepare, started=started)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(frame, "known", lambda: {"toy": lambda: frame._of_module("toy")})
    return asked


def test_it_builds_once_runs_what_is_asked_and_stops(toy: list[str], tmp_path: Path) -> None:
    one = ["toy", "--cache", str(tmp_path), "-q", "-k", "test_a_volume_is_created_once"]
    assert frame.main(one) == 0
    assert toy == ["build", "start root", "stop"]
    assert frame.main([*one, "--collect-only"]) == 0
    assert toy[3:] == ["start root", "stop"]
    assert frame.main([*one, "--rebuild", "--collect-only"]) == 0
    assert toy[5:] == ["build", "start root", "stop"]


def test_what_cannot_be_had_is_said_in_a_line(
    toy: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def prepare(_cache: Path) -> None:
        raise MissingComponent("no debootstrap here")

    monkeypatch.setattr(sys.modules["tests.hypervisors.toy"], "prepare", prepare)
    assert frame.main(["toy", "--cache", str(tmp_path), "-q"]) == 2
    assert capsys.readouterr().err == "toy: no debootstrap here\n"
    assert toy == []


def test_hosts_of_every_run_go_by_their_names() -> None:
    assert {"sim", "test", "qemu", "lxc"} <= frame.known().keys()
