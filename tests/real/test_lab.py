"""The lab as a user has it: up, in use, down, and whatever may come between."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.lab.errors import MissingComponent
from reconciler.lab.machine import require_machine
from specs.compiling.loader import load
from specs.diagnostics import InvalidTree
from tests.real.conftest import Shell
from tests.support.session import unavailable

pytestmark = pytest.mark.real
_COMMAND = [sys.executable, "-m", "reconciler.cli.main", "lab"]


class LabFolder:
    """A lab in a folder, driven by processes of its own, which end as those of a user do."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __call__(self, command: str, *options: str, code: int = 0) -> str:
        done = subprocess.run(
            [*_COMMAND, command, str(self.path), *options], capture_output=True, text=True, timeout=120
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def states(self, code: int = 0) -> dict[str, str]:
        """Every host's state."""
        return {host["name"]: host["state"] for host in self._hosts(code)}

    def uris(self) -> list[str]:
        """Every host's URI."""
        return [host["uri"] for host in self._hosts(0)]

    def holder(self, host: int) -> int:
        """The process that holds a host's namespaces."""
        record = json.loads((self.path / "lab.json").read_text())
        return int(record["members"][host]["process"]["pid"])

    def daemon(self, host: int) -> int:
        """A host's libvirtd."""
        folder = f"{self.path}/hosts/hv{host + 1}/"
        for process in Path("/proc").glob("[0-9]*"):
            command, mounts = _text(process / "cmdline"), _text(process / "mountinfo")
            if command.startswith("libvirtd\0--listen") and folder in mounts:
                return int(process.name)
        raise AssertionError(f"no libvirtd in {folder}")

    def traces(self) -> list[str]:
        """Whatever of the lab is left on the machine, outside of its folder."""
        left = [
            f"process {folder.name}: {_text(folder / 'cmdline')}"
            for folder in Path("/proc").glob("[0-9]*")
            if str(self.path) in _text(folder / "cmdline") + _text(folder / "mountinfo")
        ]
        left += [
            str(path)
            for path in Path("/sys/fs/cgroup").glob("**/virt-reconcile-*")
            if path.name in self._groups()
        ]
        return left

    def _groups(self) -> set[str]:
        from reconciler.lab.host import LabHost

        return {
            group.name
            for n in range(1, 4)
            for group in LabHost(f"hv{n}", self.path / "hosts" / f"hv{n}").groups
        }

    def _hosts(self, code: int) -> list[dict[str, str]]:
        hosts: list[dict[str, str]] = json.loads(self("status", "-o", "json", code=code))["hosts"]
        return hosts


@pytest.fixture
def lab() -> Iterator[LabFolder]:
    try:
        require_machine()
    except MissingComponent as error:
        unavailable(str(error))
    parent = Path(tempfile.mkdtemp(prefix="vr-lab-", dir="/tmp"))
    lab = LabFolder(parent / "lab")
    links = _links()
    yield lab
    lab("down")
    _until(lambda: not lab.traces())
    assert lab.traces() == []
    assert _links() == links
    shutil.rmtree(parent)


def test_a_lab_comes_up_and_goes_without_a_trace(lab: LabFolder, shell: Shell) -> None:
    said = lab("up")
    assert f"virt-reconcile apply {lab.path}/tree" in said
    assert lab.states() == {"hv1": "running", "hv2": "running", "hv3": "running"}
    assert [_virsh(uri, "hostname") for uri in lab.uris()] == ["hv1", "hv2", "hv3"]
    assert lab.traces()
    load(lab.path / "tree")
    with pytest.raises(InvalidTree, match="a tree is in tree: give that folder"):
        load(lab.path)  # what hosts keep for themselves is no tree
    lab("down")
    assert lab.traces() == []
    assert not lab.path.exists()


def test_its_tree_is_applied_as_it_is(lab: LabFolder, shell: Shell) -> None:
    lab("up", "--guest")
    shell.tree = lab.path / "tree"
    shell.apply()
    shell.expect_nothing_to_do()
    for uri in lab.uris():
        assert _virsh(uri, "pool-list", "--name").split() == ["images", "shared"]
        assert _virsh(uri, "net-list", "--name").split() == ["lan"]
    assert set(_virsh(lab.uris()[0], "list", "--name").split()) == {"nomad", "settler"}
    for guest in ("nomad", "settler"):
        console = lab.path / f"shared/{guest}.console"
        _until(lambda console=console: "tick 5" in _text(console))


def test_a_second_up_is_refused_and_a_second_down_is_fine(lab: LabFolder) -> None:
    lab("up", "--hosts", "1")
    assert f"a lab is up in {lab.path}; `virt-reconcile lab down" in lab("up", code=1)
    assert lab.states() == {"hv1": "running"}
    lab("down")
    assert "There is no lab" in lab("down")
    assert "there is no lab in" in lab("status", code=1)


@pytest.mark.parametrize("seconds", [0.25, 0.4, 0.5, 0.6, 0.75])
def test_an_up_that_is_killed_half_way_leaves_what_down_removes(lab: LabFolder, seconds: float) -> None:
    killed = subprocess.Popen([*_COMMAND, "up", str(lab.path)], stdout=subprocess.DEVNULL)
    time.sleep(seconds)
    killed.kill()
    killed.wait()
    if not lab.path.exists() or not (lab.path / "lab.json").exists():
        return
    lab("up", code=1)
    lab("down")
    _until(lambda: not lab.traces())
    assert not lab.path.exists()


def test_an_interrupted_up_leaves_nothing(lab: LabFolder) -> None:
    interrupted = subprocess.Popen([*_COMMAND, "up", str(lab.path)])
    _until(lambda: (lab.path / "hosts/hv1/sock").exists(), pause=0.005)
    interrupted.send_signal(signal.SIGINT)
    assert interrupted.wait(60) == 130
    assert not lab.path.exists()
    assert lab.traces() == []


def test_status_tells_who_does_not_answer(lab: LabFolder) -> None:
    lab("up")
    os.kill(lab.holder(0), signal.SIGKILL)
    os.kill(lab.daemon(1), signal.SIGKILL)
    _until(lambda: lab.states(1) == {"hv1": "gone", "hv2": "no answer", "hv3": "running"})
    os.kill(lab.daemon(2), signal.SIGSTOP)
    assert lab.states(1)["hv3"] == "no answer"


def test_a_tree_that_was_changed_is_kept_and_used_again(lab: LabFolder) -> None:
    lab("up", "--hosts", "1")
    (lab.path / "tree/mine.yaml").write_text("# mine\n")
    assert "Its tree is kept" in lab("down")
    assert (lab.path / "tree/mine.yaml").read_text() == "# mine\n"
    assert (lab.path / "tree/hosts.yaml").exists()
    assert "The tree of before is kept" in lab("up", "--hosts", "1")
    assert (lab.path / "tree/mine.yaml").exists()
    lab("down")


def test_after_a_reboot_down_ends_nobody_else(lab: LabFolder) -> None:
    lab("up", "--hosts", "1")
    file = lab.path / "lab.json"
    kept = file.read_text()
    record = json.loads(kept)
    with subprocess.Popen(["sleep", "60"]) as stranger:
        for held in (record["members"][0]["process"], record["switch"]):
            held["boot"], held["pid"] = "the boot before", stranger.pid
        lab("down")  # as it should be; what follows is as if the machine had been rebooted since
        lab.path.mkdir()
        file.write_text(json.dumps(record))
        lab("down")
        assert stranger.poll() is None
        stranger.kill()
    assert not lab.path.exists()


def test_folders_that_will_not_do(lab: LabFolder, shell: Shell) -> None:
    lab.path.mkdir()
    (lab.path / "letter.txt").write_text("dear")
    assert "is not empty (letter.txt)" in lab("up", code=1)
    assert (lab.path / "letter.txt").read_text() == "dear"
    for folder, reason in (
        ("/run/lab", "do not see this folder"),
        ("/tmp/a b", "letters, digits"),
        (f"/tmp/{'long' * 20}", "at most"),
    ):
        assert shell.run("lab", "up", folder) == 1
        assert reason in shell.err
        assert not Path(folder).exists()


def _virsh(uri: str, *command: str) -> str:
    done = subprocess.run(["virsh", "-q", "-c", uri, *command], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def _links() -> list[str]:
    return sorted(path.name for path in Path("/sys/class/net").iterdir())


def _text(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""


def _until(condition: object, seconds: float = 60, pause: float = 0.1) -> None:
    assert callable(condition)
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not come about"
        time.sleep(pause)
