"""Containers on a real libvirtd: declared, changed, stopped, removed; their first process stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.real.conftest import Shell, vouched_for
from tests.support.daemons import LibvirtHost
from tests.support.guests import container_root

pytestmark = pytest.mark.real

CONTAINER = """\
apiVersion: virt-reconcile/v1
kind: Domain
metadata: {{name: box}}
spec:
  type: lxc
  state: {state}
  description: {description}
  autostart: {autostart}
  memory: {memory}
  vcpus: 1
  init: {{path: /init, env: {{WHO: box}}}}
  restart: {restart}
  stop: {{methods: [initctl, signal], deadline: 3s, force: true}}
  filesystems:
    - {{source: {root}, target: /}}
    - {{source: {root}/tmp, target: /srv, readonly: true}}
"""
PLAIN = {
    "state": "running",
    "description": "first",
    "autostart": "false",
    "memory": "64MiB",
    "restart": "never",
}


class Box:
    """One declared container, and its first process."""

    def __init__(self, host: LibvirtHost, shell: Shell) -> None:
        self.host, self.shell, self.root = host, shell, container_root(host.images / "box")
        shell.write(
            "host.yaml",
            "apiVersion: virt-reconcile/v1\nkind: Fleet\nmetadata: {name: default}\n"
            "spec: {uuid: 3a1f5c7e-2d4b-4968-8b0d-6e9f1a2c4b58, maxShrink: 100%}\n---\n"
            "apiVersion: virt-reconcile/v1\nkind: Host\nmetadata: {name: boxes}\n"
            f'spec: {{uri: "{host.lxc}"}}\n---\n'
            "apiVersion: virt-reconcile/v1\nkind: Domain\nmetadata: {name: other}\n"
            f"spec: {{type: lxc, state: stopped, memory: 32MiB, init: /init, "
            f"filesystems: [{{source: {self.root}, target: /}}]}}\n",
        )

    def declare(self, **changed: str) -> None:
        values = {**PLAIN, "root": str(self.root), **changed}
        self.shell.write("box.yaml", CONTAINER.format(**values))

    def virsh(self, *command: str) -> str:
        return self.host.virsh(*command, uri=self.host.lxc)

    @property
    def process(self) -> tuple[int, str]:
        """The first process, by its id and start time on the host."""
        pid = self.virsh("domid", "box")
        return int(pid), self.host.run("cat", f"/proc/{pid}/stat").rpartition(")")[2].split()[19]


@pytest.fixture
def box(empty_host: LibvirtHost, shell: Shell) -> Box:
    """A running container."""
    box = Box(empty_host, shell)
    box.declare()
    shell.apply()
    shell.expect_nothing_to_do()
    return box


def test_a_container_runs_and_nothing_is_left_to_do(box: Box) -> None:
    process = box.process
    assert box.virsh("domstate", "box") == "running"
    box.host.restart()
    box.shell.expect_nothing_to_do()
    box.shell.lose_state()
    box.shell.expect_nothing_to_do()
    assert vouched_for(box.host, "box", box.host.lxc)
    assert box.process == process


@pytest.mark.parametrize(
    "change",
    [{"description": "second"}, {"autostart": "true"}, {"memory": "48MiB"}, {"memory": "96MiB"}],
    ids=lambda change: "-".join(*change.items()),
)
def test_what_changes_leaves_the_first_process_alone(box: Box, change: dict[str, str]) -> None:
    process = box.process
    for declared in (change, {}):
        box.declare(**declared)
        assert box.shell("plan", "--detailed-exitcode") == 2, box.shell.out
        box.shell.apply()
        box.shell.expect_nothing_to_do()
        assert box.process == process


def test_more_memory_than_it_may_have_waits_for_a_restart(box: Box) -> None:
    process = box.process
    box.declare(memory="96MiB")
    box.shell.apply()
    box.shell.expect_nothing_to_do()
    waits = "at next start" in box.shell.out
    live = f"<memory unit='KiB'>{96 * 1024}" in box.virsh("dumpxml", "box")
    assert waits != live
    box.declare(memory="96MiB", restart="if-needed")
    box.shell.apply()
    box.shell.expect_nothing_to_do()
    assert "next start" not in box.shell.out
    assert f"<memory unit='KiB'>{96 * 1024}" in box.virsh("dumpxml", "box")
    assert (box.process != process) == waits


def test_drift_is_healed(box: Box) -> None:
    process = box.process
    box.virsh("desc", "box", "--config", "behind our back")
    box.virsh("autostart", "box")
    box.virsh("suspend", "box")
    assert box.shell("plan", "--detailed-exitcode") == 2
    for what in ("description", "autostart", "state: paused → running"):
        assert what in box.shell.out, what
    box.shell.apply()
    box.shell.expect_nothing_to_do()
    assert box.process == process


def test_states_are_reached_from_each_other(box: Box) -> None:
    words = {"running": "running", "paused": "paused", "stopped": "shut off"}
    for state in ("paused", "running", "stopped", "paused", "stopped", "running"):
        box.declare(state=state)
        box.shell.apply()
        assert box.virsh("domstate", "box") == words[state]
        box.shell.expect_nothing_to_do()


def test_a_container_that_is_declared_no_more_is_stopped_and_removed(box: Box) -> None:
    (box.shell.tree / "box.yaml").unlink()
    box.shell.expect_nothing_to_do()
    assert box.virsh("domstate", "box") == "running"
    box.shell.apply("--prune")
    assert box.virsh("list", "--all", "--name") == "other"
    assert Path(box.root / "init").exists()
    box.shell.expect_nothing_to_do("--prune")


TYPED = """
  capabilities: {policy: default, allow: [sys_time], deny: [net_raw]}
  ramFilesystems: [{target: /tmp, size: 4MiB}]
  shares: 512
  memoryLimits: {hard: 96MiB}
"""
NET_RAW, SYS_TIME = 1 << 13, 1 << 25  # linux/capability.h


def test_what_is_typed_holds_in_the_running_container(box: Box) -> None:
    """As its first process has it: what root may do, folders in memory. (No container with users of its own
    starts among the test's namespaces: libvirt_lxc cannot mount cgroups there.)"""
    document = (box.shell.tree / "box.yaml").read_text()
    box.declare(state="stopped")
    box.shell.apply()
    box.shell.write("box.yaml", document.rstrip() + TYPED)
    box.shell.apply()
    box.shell.expect_nothing_to_do()
    box.shell.lose_state()
    box.shell.expect_nothing_to_do()
    first = box.host.run("pgrep", "-P", str(box.process[0])).split()[0]
    bounding = next(
        int(line.split()[1], 16)
        for line in box.host.run("cat", f"/proc/{first}/status").splitlines()
        if line.startswith("CapBnd:")
    )
    assert (bool(bounding & NET_RAW), bool(bounding & SYS_TIME)) == (False, True)
    assert " /tmp " in box.host.run("cat", f"/proc/{first}/mountinfo")
