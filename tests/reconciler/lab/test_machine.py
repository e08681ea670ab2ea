"""What people are told whose machine cannot run a lab."""

from __future__ import annotations

import os
from importlib import util
from pathlib import Path
from types import SimpleNamespace

import pytest

from reconciler.cli.main import call
from reconciler.lab import lab, machine


@pytest.fixture
def root(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr("shutil.which", lambda program: f"/usr/bin/{program}")
    return monkeypatch


def told(folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """What `lab up` says as it refuses, with nothing made."""
    assert call(["lab", "up", str(folder / "lab")]) == 1
    assert not lab.Lab(folder / "lab").folder.exists()
    return capsys.readouterr().err


def test_not_linux(root: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root.setattr(machine, "sys", SimpleNamespace(platform="darwin"))
    assert "this is not Linux" in told(tmp_path, capsys)


def test_not_root(root: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root.setattr(os, "geteuid", lambda: 1000)
    assert "only root may make namespaces and start libvirtd in them; use sudo" in told(tmp_path, capsys)


def test_programs_missing(
    root: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root.setattr("shutil.which", lambda program: None if program in ("libvirtd", "ip") else "/bin/it")
    said = told(tmp_path, capsys)
    assert "not installed: libvirtd, ip; on Debian or Ubuntu: apt-get install" in said
    assert "libvirt-daemon-system" in said


def test_no_libvirt_python(
    root: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root.setattr(Path, "is_dir", lambda _: True)
    root.setattr(machine, "find_spec", lambda name: None if name == "libvirt" else util.find_spec(name))
    assert "pip install 'virt-reconcile[libvirt]'" in told(tmp_path, capsys)
