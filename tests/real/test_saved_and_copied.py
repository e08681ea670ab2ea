"""Snapshots, block jobs and saved memory of a guest that need not boot: nothing of them is lost or undone."""

from __future__ import annotations

import re

import pytest

from tests.real.conftest import Shell
from tests.support.daemons import LibvirtHost

pytestmark = pytest.mark.real

GUEST = """\
apiVersion: virt-reconcile/v1
kind: Domain
metadata: {{name: web}}
spec:
  type: qemu
  machine: q35
  memory: {memory}MiB
  title: {title}
  disks:
  - {{file: {images}/root.qcow2, format: qcow2, target: vda, bus: virtio}}
  - {{{medium}device: cdrom, target: sda, bus: sata}}
"""


class Scene:
    """A guest on an image with a format that may have overlays, and a drive for media."""

    def __init__(self, host: LibvirtHost, shell: Shell) -> None:
        self.host, self.shell = host, shell
        self.images = host.images
        host.run("qemu-img", "create", "-q", "-f", "qcow2", str(self.images / "root.qcow2"), "8M")
        (self.images / "cd.iso").write_bytes(bytes(1 << 20))

    def declare(self, memory: int = 32, title: str = "one", *, medium: bool = False) -> None:
        inserted = f"file: {self.images}/cd.iso, " if medium else ""
        self.shell.write(
            "web.yaml", GUEST.format(memory=memory, title=title, images=self.images, medium=inserted)
        )

    def planned(self) -> str:
        assert self.shell("plan") in (0, 1), self.shell.out + self.shell.err  # 1: something is blocked
        return self.shell.out

    def virsh(self, *arguments: str) -> str:
        return self.host.virsh(*arguments)

    def root(self, *options: str) -> str:
        """The image of the first disk, by its name."""
        found = re.search(r"<source file='[^']*/([^/']+)'", self.virsh("dumpxml", *options, "web"))
        assert found is not None
        return found[1]


@pytest.fixture
def scene(host: LibvirtHost, shell: Shell) -> Scene:
    made = Scene(host, shell)
    made.declare()
    shell.apply()
    shell.expect_nothing_to_do()
    return made


def test_a_guest_stays_on_its_overlay_until_it_is_committed(scene: Scene) -> None:
    taken = f"vda,file={scene.images}/s1"
    scene.virsh("snapshot-create-as", "web", "s1", "--disk-only", "--diskspec", taken)
    scene.shell.expect_nothing_to_do()
    assert "an overlay (snapshot) of the declared" in scene.shell.out
    scene.virsh("destroy", "web")
    assert "an overlay (snapshot) of the declared" in scene.planned()
    scene.shell.apply()
    assert scene.root() == "s1"
    scene.shell.lose_state()
    assert "No changes." in scene.planned()
    scene.declare(title="two")
    scene.shell.apply()
    assert scene.root("--inactive") == "s1"
    assert scene.virsh("snapshot-list", "web", "--name").split() == ["s1"]
    scene.virsh("snapshot-delete", "web", "s1", "--metadata")
    scene.virsh("blockcommit", "web", "vda", "--active", "--wait")
    scene.declare(title="three")
    assert "held back: under way: a commit of disk vda" in scene.planned()
    scene.virsh("blockjob", "web", "vda", "--pivot")
    scene.shell.apply()
    assert scene.root("--inactive") == scene.root() == "root.qcow2"
    scene.shell.expect_nothing_to_do()
    assert "note" not in scene.shell.out


def test_an_image_that_a_copy_put_in_place_is_left_to_a_person(scene: Scene) -> None:
    scene.virsh("blockcopy", "web", "vda", f"{scene.images}/copy", "--transient-job", "--wait", "--pivot")
    assert "blocked: its disk vda is on" in scene.planned()
    assert scene.root("--inactive") == "copy"


def test_a_saved_guest_goes_on_as_it_was_and_what_it_lacks_waits(scene: Scene) -> None:
    scene.virsh("managedsave", "web")
    scene.declare(memory=48)
    assert "virsh managedsave" in scene.planned()
    scene.shell.apply()
    assert "<memory unit='KiB'>32768<" in scene.virsh("dumpxml", "web")
    assert "<memory unit='KiB'>49152<" in scene.virsh("dumpxml", "--inactive", "web")
    scene.shell.apply()
    assert "memory: 32 MiB → 48 MiB  [edited; at next start: restart: never]" in scene.planned()
    scene.virsh("destroy", "web")
    scene.shell.apply()
    scene.shell.expect_nothing_to_do()


def test_media_come_and_go_while_it_runs(scene: Scene) -> None:
    scene.declare(medium=True)
    scene.shell.apply()
    scene.shell.expect_nothing_to_do()
    scene.virsh("change-media", "web", "sda", "--eject", "--live")
    assert "disks[sda]." in scene.planned()
    scene.shell.apply()
    assert "cd.iso" in scene.virsh("dumpxml", "web")
    scene.declare()
    scene.shell.apply()
    scene.shell.expect_nothing_to_do()
    assert "cd.iso" not in scene.virsh("dumpxml", "web")
