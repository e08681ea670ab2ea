"""A host that nobody has used, and the program over it, with no wire between."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reconciler.cli.lab import Lab
from tests.support.hyperv.model import MIB, HyperVModel, ModelDisk, ModelSwitch
from tests.support.hyperv.shell import ModelShell


@pytest.fixture
def model() -> HyperVModel:
    """A host with two switches, and a folder of disks that are in no pool."""
    made = HyperVModel()
    made.switches += [ModelSwitch("lan", "Internal"), ModelSwitch("wan", "External", ["Ethernet"])]
    made.folders.add("E:\\Loose")
    for number in range(4):
        made.disks[f"E:\\Loose\\disk{number}.vhdx"] = ModelDisk(1024 * MIB)
    return made


@pytest.fixture
def hyperv(
    model: HyperVModel, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Lab:
    """The program, for which hyperv://localhost is the model."""
    monkeypatch.setattr(
        "drivers.hyperv.host.shell_opener", lambda _address, _login: lambda: ModelShell(model)
    )
    lab = Lab(tmp_path, capsys)
    lab.fleet(hv1="hyperv://localhost")
    return lab
