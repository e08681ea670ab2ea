"""A marker of a half-filled volume belongs to one fill; nothing else makes a volume be filled again."""

from __future__ import annotations

import importlib
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.contract.complete import CompleteHost
from drivers.simulated import faults
from reconciler.inputs.images.content import Bytes
from specs.content import MARKER
from specs.identity import Kind
from specs.markers import marker_of, new_nonce, read_marker, stem_of
from tests.real.conftest import Shell
from tests.reconciler.cli.lab import Lab, Said
from tests.support.daemons import LibvirtHost
from tests.support.ticker import READY, disk_image

NONCE = "0123456789abcdef"
IMAGE = b"the image" * 1000
PRECIOUS = b"what the guest wrote" * 500
_TREE = """
apiVersion: virt-reconcile/v1
kind: StoragePool
metadata: {name: images}
spec: {target: /srv/images}
---
apiVersion: virt-reconcile/v1
kind: Volume
metadata: {name: web.img}
spec: {pool: images, capacity: 1MiB, source: image}
"""
_GUEST = """---
apiVersion: virt-reconcile/v1
kind: Domain
metadata: {name: web}
spec: {memory: 64MiB, state: STATE, disks: [{target: vda, volume: {pool: images, name: web.img}}]}
"""


@pytest.fixture
def lab(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Lab:
    """A guest runs on a volume of which the state knows that it is whole, and has written to it."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    lab = Lab(tmp_path, capsys)
    lab.fleet(prune=True)
    (lab.tree / "image").write_bytes(IMAGE)
    declare(lab)
    lab.applied()
    write(lab, PRECIOUS)
    return lab


def declare(lab: Lab, guest: str = "running") -> None:
    lab.write("all.yaml", _TREE + (_GUEST.replace("STATE", guest) if guest else ""))


def on_host(lab: Lab) -> CompleteHost:
    return lab.driver()


def write(lab: Lab, data: bytes) -> None:
    driver = on_host(lab)
    driver.storage.upload("images/web.img", Bytes(data), lambda _: None)
    driver.close()


def touch(lab: Lab, *names: str) -> None:
    driver = on_host(lab)
    for name in names:
        document = f"<volume><name>{name}</name><capacity>0</capacity></volume>"
        driver.lifecycle.define(Kind.VOLUME, f"images/{name}", document)
    driver.close()


def content(lab: Lab, length: int = len(PRECIOUS)) -> bytes:
    driver = on_host(lab)
    pieces = driver.storage.download("images/web.img")
    data = b"".join(bytes(piece) if isinstance(piece, int) else piece for piece in pieces)
    driver.close()
    return data[:length]


def volumes(lab: Lab) -> set[str]:
    driver = on_host(lab)
    found = {
        o.name.partition("/")[2] for o in driver.observe.inventory().objects.values() if o.kind is Kind.VOLUME
    }
    driver.close()
    return found


def lose_state(lab: Lab) -> None:
    for file in (lab.tree / ".virt-reconcile").iterdir():
        file.unlink()


def define_guest(driver: CompleteHost, source: str, name: str = "other", kind: str = "file") -> None:
    driver.lifecycle.define(
        Kind.DOMAIN,
        name,
        f"<domain type='kvm'><name>{name}</name><memory unit='MiB'>64</memory><os><type>hvm</type></os>"
        f"<devices><disk type='{kind}' device='disk'><source {source}/><target dev='vda'/></disk></devices>"
        "</domain>",
    )


FORGED = [f"web.img{MARKER}", f"web.img.{NONCE}{MARKER}"]


@pytest.mark.parametrize("forged", FORGED)
@pytest.mark.parametrize("guest", ["running", "stopped", ""])
@pytest.mark.parametrize("command", [("run", "--once"), ("apply", "--yes")])
def test_a_stray_marker_changes_nothing_and_is_told(
    lab: Lab, forged: str, guest: str, command: tuple[str, ...]
) -> None:
    declare(lab, guest)
    assert lab("apply", "TREE", "--yes", "--allow-data-loss").code == 0
    touch(lab, forged)
    said = lab(command[0], "TREE", *command[1:])
    assert said.code == 0, said.out + said.err
    assert content(lab) == PRECIOUS
    plan = lab("plan", "TREE", "--detailed-exitcode", "--verbose")
    assert plan.code == 0, plan.out
    assert f"images/{forged} looks like the mark" in plan.out
    assert forged in volumes(lab), "what is not ours is not deleted"


@pytest.mark.parametrize("forged", FORGED)
def test_neither_prune_nor_destroy_takes_a_stray_marker(lab: Lab, forged: str) -> None:
    touch(lab, forged)
    declare(lab, "")
    assert lab("apply", "TREE", "--yes", "--prune", "--allow-data-loss").code == 0
    assert forged in volumes(lab)
    lab("destroy", "TREE", "--yes", "--allow-data-loss")
    lab("apply", "TREE", "--yes")  # a pool's files stay, and are seen again with it
    assert forged in volumes(lab)


@pytest.mark.parametrize("guest", ["running", "stopped"])
def test_without_a_state_a_volume_that_is_used_is_left_alone(lab: Lab, guest: str) -> None:
    declare(lab, guest)
    lab.applied()
    touch(lab, FORGED[1])
    lose_state(lab)
    said = lab("apply", "TREE", "--yes", "--allow-data-loss")
    assert said.code == 1
    assert "may be half-filled" in said.out
    assert f"delete images/{FORGED[1]}" in said.out
    assert content(lab) == PRECIOUS


def test_a_guest_does_not_start_from_what_may_be_half_filled(lab: Lab) -> None:
    declare(lab, "stopped")
    lab.applied()
    touch(lab, FORGED[1])
    lose_state(lab)
    declare(lab, "running")
    said = lab("apply", "TREE", "--yes")
    assert "Volume/images/web.img@hv1 may be half-filled" in said.out + said.err
    assert lab.domains()["web"] == "stopped"


def test_without_a_state_a_bare_marker_never_counts(lab: Lab) -> None:
    declare(lab, "stopped")
    lab.applied()
    touch(lab, FORGED[0])
    lose_state(lab)
    assert lab("apply", "TREE", "--yes").code == 0
    assert content(lab) == PRECIOUS


def unused(lab: Lab) -> CompleteHost:
    """The volume is half-filled by a fill of a state that was lost, and nobody uses it."""
    driver = on_host(lab)
    declare(lab, "stopped")
    lab.applied()
    driver.lifecycle.undefine(Kind.DOMAIN, "web")
    declare(lab, "")
    touch(lab, FORGED[1])
    lose_state(lab)
    return driver


def test_a_fill_of_a_lost_state_is_shown_and_done_anew(lab: Lab) -> None:
    unused(lab).close()
    plan = lab("plan", "TREE")
    assert f"half-filled, by a fill that this state does not know (images/{FORGED[1]})" in plan.out
    assert lab("apply", "TREE", "--yes").code == 0
    assert content(lab, len(IMAGE)) == IMAGE
    assert volumes(lab) == {"web.img"}
    lab.assert_converged()


USES = {
    "by its path": ("file='/srv/images/web.img'", "file"),
    "in its pool": ("pool='images' volume='web.img'", "volume"),
    "as what lies below its disk": ("file='/srv/images/top.qcow2'", "file"),
}


@pytest.mark.parametrize("how", USES)
@pytest.mark.parametrize("running", [True, False])
def test_whoever_uses_it_however_keeps_it(lab: Lab, how: str, running: bool) -> None:
    driver = unused(lab)
    if "below" in how:
        driver.lifecycle.define(
            Kind.VOLUME,
            "images/top.qcow2",
            "<volume><name>top.qcow2</name><capacity unit='MiB'>1</capacity><target><format type='qcow2'/>"
            "</target><backingStore><path>/srv/images/web.img</path><format type='raw'/></backingStore>"
            "</volume>",
        )
    define_guest(driver, USES[how][0], kind=USES[how][1])
    if running:
        driver.lifecycle.start(Kind.DOMAIN, "other")
    driver.close()
    said = lab("apply", "TREE", "--yes", "--allow-data-loss")
    assert said.code == 1
    assert "left alone" in said.out
    assert content(lab) == PRECIOUS


def harmed_meanwhile(lab: Lab, monkeypatch: pytest.MonkeyPatch, harm: object) -> Said:
    """Applies, and has something happen after the plan was made and before the volume is touched."""
    filling = importlib.import_module("reconciler.execute.contents")
    real = filling.prepare

    def prepare(*given: object, **named: object) -> object:
        harm()  # type: ignore[operator]
        return real(*given, **named)

    monkeypatch.setattr(filling, "prepare", prepare)
    return lab("apply", "TREE", "--yes", "--allow-data-loss")


def test_a_guest_that_starts_after_the_plan_keeps_its_disk(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    unused(lab).close()

    def start() -> None:
        driver = on_host(lab)
        define_guest(driver, "file='/srv/images/web.img'")
        driver.lifecycle.start(Kind.DOMAIN, "other")
        driver.close()

    said = harmed_meanwhile(lab, monkeypatch, start)
    assert said.code == 1
    assert "the running Domain/other on hv1 uses it" in said.err
    assert content(lab) == PRECIOUS


def test_a_guest_that_starts_before_a_replacement_keeps_its_disk(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare(lab, "stopped")
    lab.applied()
    (lab.tree / "image").write_bytes(b"another image")
    guest = _GUEST.replace("STATE", "stopped")
    lab.write("all.yaml", _TREE.replace("source: image", "source: image, onSourceChange: replace") + guest)

    def start() -> None:
        driver = on_host(lab)
        driver.lifecycle.start(Kind.DOMAIN, "web")
        driver.close()

    said = harmed_meanwhile(lab, monkeypatch, start)
    assert said.code == 1
    assert "the running Domain/web on hv1 uses it" in said.err
    assert content(lab) == PRECIOUS
    assert not [name for name in volumes(lab) if name.endswith(MARKER)], (
        "a volume that is whole is not marked"
    )


def test_two_that_make_the_same_volume_do_not_harm_each_other(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver = unused(lab)
    driver.lifecycle.undefine(Kind.VOLUME, "images/web.img")
    driver.lifecycle.undefine(Kind.VOLUME, f"images/{FORGED[1]}")

    def made_by_another() -> None:
        touch(lab, "web.img")
        write(lab, PRECIOUS)

    said = harmed_meanwhile(lab, monkeypatch, made_by_another)
    driver.close()
    assert said.code == 1
    assert content(lab) == PRECIOUS
    assert volumes(lab) == {"web.img"}


def test_two_that_fill_the_same_volume_do_not_go_on_together(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    unused(lab).close()
    other = f"web.img.{new_nonce()}{MARKER}"
    said = harmed_meanwhile(lab, monkeypatch, lambda: touch(lab, other))
    assert said.code == 1
    assert "somebody else fills it" in said.err
    assert content(lab) == PRECIOUS
    assert other in volumes(lab)


def test_a_marker_that_cannot_be_removed_costs_no_second_fill(lab: Lab) -> None:
    driver = on_host(lab)
    declare(lab, "stopped")
    lab.applied()
    driver.lifecycle.undefine(Kind.DOMAIN, "web")
    driver.lifecycle.undefine(Kind.VOLUME, "images/web.img")
    driver.close()
    lose_state(lab)
    declare(lab, "")
    faults.inject(lab.path / "sim.db", "hv1", "undefine", "*.filling", "refused", -1)
    assert lab("apply", "TREE", "--yes").code == 1
    faults.clear(lab.path / "sim.db")
    write(lab, PRECIOUS)  # somebody uses it, for it is whole
    plan = lab("plan", "TREE")
    assert "filled, and marked as half-filled" in plan.out
    lab.applied()
    assert content(lab) == PRECIOUS
    assert volumes(lab) == {"web.img"}
    lab.assert_converged()


def test_a_marker_of_a_volume_that_does_not_exist(lab: Lab) -> None:
    driver = unused(lab)
    driver.lifecycle.undefine(Kind.VOLUME, "images/web.img")
    driver.close()
    touch(lab, f"web.img{MARKER}", f"nothing.{NONCE}{MARKER}")
    lab.applied()
    assert content(lab, len(IMAGE)) == IMAGE
    assert volumes(lab) == {"web.img", f"web.img{MARKER}", f"nothing.{NONCE}{MARKER}"}


def test_no_tree_declares_a_marker(lab: Lab) -> None:
    lab.write(
        "marker.yaml",
        "apiVersion: virt-reconcile/v1\nkind: Volume\n"
        f"metadata: {{name: web.img.{NONCE}{MARKER}}}\nspec: {{pool: images, capacity: 1KiB}}\n",
    )
    said = lab("validate", "TREE")
    assert said.code == 3
    assert "marks a volume that is being filled" in said.out


@given(st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=255))
def test_every_name_has_markers_that_are_its_own(name: str) -> None:
    volume, nonce = f"pool/{name}", new_nonce()
    marker = marker_of(volume, nonce)
    assert read_marker(marker) == (stem_of(volume), nonce)
    assert len(marker.partition("/")[2].encode()) <= 127
    assert marker.partition("/")[0] == "pool"
    assert stem_of(f"pool/{name}x") != stem_of(volume)


# as it was seen on real libvirt

_REAL = """\
apiVersion: virt-reconcile/v1
kind: StoragePool
metadata: {{name: images}}
spec: {{target: {images}/pool}}
---
apiVersion: virt-reconcile/v1
kind: Volume
metadata: {{name: web.img}}
spec: {{pool: images, capacity: 1MiB, source: ticker.img}}
---
apiVersion: virt-reconcile/v1
kind: Domain
metadata: {{name: web}}
spec:
  type: qemu
  memory: 64MiB
  disks: [{{target: vda, volume: {{pool: images, name: web.img}}}}]
  serial: [{{type: file, path: {console}}}]
"""


@pytest.mark.real
@pytest.mark.parametrize("forged", FORGED)
def test_touching_a_marker_beside_a_running_guests_disk(
    host: LibvirtHost, shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, forged: str
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (shell.tree / "ticker.img").write_bytes(disk_image())
    console = host.images / "web.log"
    shell.write("tree.yaml", _REAL.format(images=host.images, console=console))
    shell.apply()
    until = time.monotonic() + 30
    while READY not in (console.read_text(errors="replace") if console.exists() else ""):
        assert time.monotonic() < until
        time.sleep(0.1)
    disk, process = host.images / "pool/web.img", host.qemu_process("web")
    before = disk.stat().st_ino
    (host.images / "pool" / forged).touch()
    host.virsh("pool-refresh", "images")
    assert shell("run", "--once") == 0, shell.out + shell.err
    assert shell("plan", "--detailed-exitcode") == 0, shell.out
    assert f"images/{forged} looks like the mark" in shell.out
    assert disk.stat().st_ino == before, "the disk is still the one that the guest has open"
    assert host.qemu_process("web") == process
    shell.lose_state()
    shell("run", "--once")
    assert disk.stat().st_ino == before
    assert host.qemu_process("web") == process
