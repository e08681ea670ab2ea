"""A real host that fails in the middle of an apply, and a process of ours that is killed: the next apply
converges, nothing is lost, and a running guest never notices."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial

import pytest

from reconciler.engine import at_once
from tests.real.conftest import Shell
from tests.support.daemons import LibvirtHost
from tests.support.guests import qemu_domain

pytestmark = pytest.mark.real

DOMAINS, NETWORKS, VOLUMES = 40, 2, 8


class Fleet:
    """A tree of many resources on the host, and what somebody else has there."""

    def __init__(self, host: LibvirtHost, shell: Shell) -> None:
        self.host, self.shell = host, shell

    def declare(self, note: str = "first") -> None:
        documents = [_document("StoragePool", "data", f"target: {self.host.images / 'data'}")]
        documents += [_document("Network", f"n{i}", f"forward: nat, ips: [{{address: 10.73.{i}.1/24}}]")
                      for i in range(NETWORKS)]  # fmt: skip
        documents += [
            _document("Volume", f"v{i}.qcow2", "pool: data, capacity: 4MiB") for i in range(VOLUMES)
        ]
        for i in range(DOMAINS):
            disk = f"disks: [{{volume: {{pool: data, name: v{i}.qcow2}}}}], " if i < VOLUMES else ""
            documents.append(
                _document(
                    "Domain",
                    f"d{i}",
                    f"type: qemu, state: {'paused' if i == 0 else 'stopped'}, memory: 32MiB, {disk}"
                    f"interfaces: [{{network: n{i % NETWORKS}}}], description: {note}",
                )
            )
        self.shell.write("fleet.yaml", "---\n".join(documents))

    def others(self) -> str:
        """What somebody else has on the host, as it is now."""
        return self.host.virsh("dumpxml", "--inactive", "theirs") + self.host.virsh(
            "vol-dumpxml", "--pool", "theirs", "precious"
        )

    @property
    def process(self) -> tuple[int, str]:
        return self.host.qemu_process("steady")

    def expect_converged(self) -> None:
        self.shell.apply()
        self.shell.expect_nothing_to_do()
        assert len(self.host.virsh("list", "--all", "--name").split()) == DOMAINS + 2
        assert len(self.host.virsh("vol-list", "data").splitlines()) == VOLUMES


@pytest.fixture
def fleet(host: LibvirtHost, shell: Shell) -> Iterator[Fleet]:
    """A declared fleet beside what others have: a running guest, a domain, a pool with a volume. Whatever
    happens, they stay as they are and no apply shows a traceback."""
    for name, verb in (("steady", "create"), ("theirs", "define")):
        path = host.root / "given.xml"
        path.write_text(qemu_domain(name, host.images / f"{name}.console", memory_mib=256))
        host.virsh(verb, str(path))
    host.virsh("pool-create-as", "theirs", "dir", "--target", "/tmp")
    host.virsh("pool-destroy", "theirs")
    host.virsh("pool-define-as", "theirs", "dir", "--target", str(host.images / "theirs"))
    host.virsh("pool-build", "theirs")
    host.virsh("pool-start", "theirs")
    host.virsh("pool-autostart", "theirs")
    host.virsh("vol-create-as", "theirs", "precious", "1M")
    fleet = Fleet(host, shell)
    fleet.declare()
    # libvirtd that is killed while it starts a network leaves the bridge behind and refuses the next start.
    shell.apply("--only", "Network/*")
    before, process = fleet.others(), fleet.process
    yield fleet
    host.revive()
    assert fleet.process == process
    assert fleet.others() == before
    assert "Traceback" not in shell.err + shell.out
    assert "internal error" not in shell.err + shell.out


@contextmanager
def meanwhile(action: Callable[[], None]) -> Iterator[None]:
    """Does something beside the body, and ends after both."""
    failures: list[Exception] = []

    def run() -> None:
        try:
            action()
        except Exception as error:  # noqa: BLE001 - told by the main thread
            failures.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    yield
    thread.join()
    assert not failures, failures


def defined(host: LibvirtHost, prefix: str) -> int:
    """How many domains of a prefix are defined, told by libvirt's own files."""
    return len(list((host.root / "etc/qemu").glob(f"{prefix}*.xml")))


def wait_until(reached: Callable[[], bool], seconds: float = 90) -> None:
    until = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < until, "the apply did not come so far"
        time.sleep(0.002)


@pytest.mark.parametrize("after", [1, 30])
def test_the_daemon_is_killed_in_the_middle_and_comes_back(fleet: Fleet, after: int) -> None:
    def kill() -> None:
        wait_until(lambda: defined(fleet.host, "d") >= after)
        fleet.host.kill()
        fleet.host.start()

    with meanwhile(kill):
        fleet.shell("apply", "--yes")
    fleet.expect_converged()


def test_the_daemon_is_killed_and_stays_away(fleet: Fleet) -> None:
    fleet.shell.write("other.yaml", OTHER.format(path=fleet.shell.tree.parent / "other.db"))

    def kill() -> None:
        wait_until(lambda: defined(fleet.host, "d") >= 10)
        fleet.host.kill()

    with meanwhile(kill):
        assert fleet.shell("apply", "--yes") == 1
    assert "is libvirtd running there?" in fleet.shell.err
    assert "done      define Domain/elsewhere" in fleet.shell.err

    fleet.shell("plan")
    assert "hv1 cannot be reached" in fleet.shell.out
    assert fleet.shell("apply", "--yes", "--prune") == 1  # what cannot be seen is not gone
    fleet.host.start()
    fleet.expect_converged()
    assert fleet.shell("status") == 0
    assert "elsewhere" in fleet.shell.out


def test_every_connection_is_dropped_again_and_again(fleet: Fleet) -> None:
    def drop() -> None:
        for count in (5, 20):
            wait_until(lambda count=count: defined(fleet.host, "d") >= count)  # type: ignore[misc]
            fleet.host.restart()

    with meanwhile(drop):
        fleet.shell("apply", "--yes")
    fleet.expect_converged()


def test_a_frozen_daemon_is_said_and_others_go_on(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    fleet.shell.apply()
    monkeypatch.setattr(at_once, "PATIENCE", 5.0)
    fleet.shell.write("other.yaml", OTHER.format(path=fleet.shell.tree.parent / "other.db"))
    fleet.host.freeze()
    try:
        fleet.shell("plan")
        assert "hv1 cannot be reached: did not answer" in fleet.shell.out
        assert fleet.shell("apply", "--yes", "--prune") == 1
        assert "define Domain/elsewhere" in fleet.shell.err, fleet.shell.out
    finally:
        fleet.host.thaw()
    fleet.shell.expect_nothing_to_do("--prune")


def test_a_daemon_that_freezes_in_the_middle_ends_the_apply(fleet: Fleet) -> None:
    def freeze() -> None:
        wait_until(lambda: defined(fleet.host, "d") >= 10)
        fleet.host.freeze()

    begun = time.monotonic()
    with meanwhile(freeze):
        assert fleet.shell("apply", "--yes") == 1
    fleet.host.thaw()
    assert time.monotonic() - begun < 100
    assert "keepalive timeout" in fleet.shell.err or "did not answer" in fleet.shell.err
    fleet.expect_converged()


def test_a_daemon_frozen_in_the_middle_goes_on_where_it_was(fleet: Fleet) -> None:
    def freeze() -> None:
        wait_until(lambda: defined(fleet.host, "d") >= 10)
        fleet.host.freeze()
        time.sleep(2)
        fleet.host.thaw()

    with meanwhile(freeze):
        fleet.shell.apply()
    fleet.expect_converged()


@pytest.mark.parametrize("after", [0, 9, 35])
def test_our_process_is_killed(fleet: Fleet, after: int) -> None:
    kill_apply(fleet, lambda: defined(fleet.host, "d") >= after)
    fleet.expect_converged()


def test_our_process_is_killed_while_it_changes_everything(fleet: Fleet) -> None:
    fleet.shell.apply()
    for note, share in (("second", 3), ("third", 30)):
        fleet.declare(note)
        kill_apply(fleet, partial(lambda note, share: described(fleet.host, note) >= share, note, share))
    fleet.expect_converged()
    assert fleet.host.virsh("desc", "d39") == "third"


def described(host: LibvirtHost, note: str) -> int:
    """How many of the fleet's domains have a description, told by libvirt's own files."""
    count = 0
    for path in (host.root / "etc/qemu").glob("d*.xml"):
        with suppress(FileNotFoundError):  # libvirt replaces it at this very moment
            count += note in path.read_text()
    return count


def kill_apply(fleet: Fleet, when: Callable[[], bool]) -> None:
    """Runs apply as a process and kills it with SIGKILL at a moment."""
    command = [sys.executable, "-m", "reconciler.cli.main", "apply", str(fleet.shell.tree), "--yes"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        wait_until(when)
        process.kill()
        assert process.stdout is not None
        assert b"Traceback" not in process.stdout.read()


OTHER = """\
apiVersion: virt-reconcile/v1
kind: Host
metadata: {{name: hv2}}
spec: {{uri: "sim://{path}"}}
---
apiVersion: virt-reconcile/v1
kind: Domain
metadata: {{name: elsewhere}}
spec: {{host: hv2, state: stopped, memory: 32MiB}}
"""


def _document(kind: str, name: str, spec: str) -> str:
    return (
        f"apiVersion: virt-reconcile/v1\nkind: {kind}\nmetadata: {{name: {name}}}\n"
        f"spec: {{host: hv1, {spec}}}\n"
    )
