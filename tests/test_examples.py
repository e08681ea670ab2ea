"""The examples run: each loads clean, is applied, and then plans nothing, with its state and without."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.cli.main import call
from specs.compiling.loader import load
from tests.support.daemons import LibvirtHost
from tests.support.policy import policy

EXAMPLES = Path(__file__).parents[1] / "examples"
NO_TREE = {"ci", "driver"}
"""Jobs, and a package: test_ci_examples.py and test_example_driver.py are about these."""

ALL = sorted(path.name for path in EXAMPLES.iterdir() if path.name not in NO_TREE)
REAL = {"homelab-qemu": "lab", "container-lxc": "here"}
"""Examples for real hypervisors, and the names of their hosts."""

WITH_IMAGES = {"cloud-image"}
"""Examples that fetch an image from the network."""

WITH_SECRETS = {"secrets-and-encryption"}
"""Examples with secret values: without the state, what a hypervisor has is not known and is set again."""


@pytest.fixture(autouse=True)
def _passphrase(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    monkeypatch.setenv("VR_DISK_PASSPHRASE", "correct horse battery staple")
    allowed = policy(tmp_path_factory.mktemp("policy"), 'secrets: {commands: [[echo, "*"]]}\n')
    monkeypatch.setenv("VIRT_RECONCILE_POLICY", str(allowed))


@pytest.mark.parametrize("name", ALL)
def test_it_loads_without_a_warning_and_says_how_to_use_it(name: str) -> None:
    desired = load(EXAMPLES / name)
    assert desired.resources
    assert not desired.warnings
    texts = [path.read_text() for path in (EXAMPLES / name).glob("*.yaml")]
    assert any(text.startswith("# ") and f"virt-reconcile apply examples/{name}" in text for text in texts)


@pytest.mark.parametrize("name", [name for name in ALL if name not in {*REAL, *WITH_IMAGES}])
def test_it_converges_on_the_simulated_hypervisor(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hosts = [f"{host}=sim://{tmp_path}/hypervisor.db?host={host}" for host in load(EXAMPLES / name).hosts]
    _converges(name, hosts, tmp_path, capsys)


@pytest.mark.parametrize("name", REAL)
def test_it_converges_on_a_real_hypervisor(
    name: str, empty_host: LibvirtHost, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    uri = empty_host.lxc if name == "container-lxc" else empty_host.qemu
    _converges(name, [f"{REAL[name]}={uri}"], tmp_path, capsys)


def _converges(name: str, hosts: list[str], folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def run(command: str, *options: str, state: str = "state.db") -> int:
        tree = str(EXAMPLES / name)
        given = [option for host in hosts for option in ("--host", host)]
        return call([command, tree, *given, "--state", f"sqlite:///{folder}/{state}", *options])

    assert run("apply", "--yes") == 0, capsys.readouterr()
    assert run("plan", "--detailed-exitcode") == 0, capsys.readouterr().out
    if name not in WITH_SECRETS:
        assert run("plan", "--detailed-exitcode", state="lost.db") == 0, capsys.readouterr().out
