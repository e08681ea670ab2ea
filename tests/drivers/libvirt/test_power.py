"""Starting, stopping and removing guests: gracefully, with a deadline, by force only where allowed."""

from __future__ import annotations

import time
from pathlib import Path

import libvirt
import pytest

from drivers.base import Belonging
from drivers.base.errors import Refused
from drivers.contract.complete import CompleteHost, open_complete
from drivers.libvirt import domains
from specs.desired import PowerState, StopPolicy
from specs.identity import Kind
from tests.support.daemons import LibvirtHost
from tests.support.guests import (
    POWER_BUTTON,
    container_root,
    lxc_domain,
    qemu_domain,
    wait_for,
)

BARE = (
    "<domain type='qemu'><name>{}</name><memory unit='MiB'>32</memory>"
    "<os><type arch='x86_64' machine='pc'>hvm</type></os>{}</domain>"
)


def power(driver: CompleteHost, name: str) -> PowerState | None:
    observation = driver.observe.one(Kind.DOMAIN, name)
    assert observation is not None
    return observation.power


class _NotThereYet:
    """A container whose first process is not known at first, and then hears."""

    def __init__(self) -> None:
        self.refusals, self.runs = 6, True

    def isActive(self) -> bool:
        return self.runs

    def state(self) -> list[int]:
        return [libvirt.VIR_DOMAIN_RUNNING, 0]

    def shutdownFlags(self, _flags: int) -> None:
        if self.refusals:
            self.refusals -= 1
            raise libvirt.libvirtError("Init process ID is not yet known")
        self.runs = False


def test_whoever_could_not_be_asked_is_asked_again_at_once() -> None:
    guest = _NotThereYet()
    domains.stop(guest, StopPolicy(deadline=5.0))
    assert not guest.runs


def test_a_guest_is_asked_and_powers_itself_off(driver: CompleteHost, libvirt_host: LibvirtHost) -> None:
    console = libvirt_host.images / "console"
    driver.lifecycle.define(Kind.DOMAIN, "polite", qemu_domain("polite", console))
    driver.lifecycle.start(Kind.DOMAIN, "polite")
    wait_for(console)
    driver.lifecycle.stop(Kind.DOMAIN, "polite", StopPolicy(deadline=30))
    assert power(driver, "polite") is PowerState.STOPPED
    assert POWER_BUTTON in console.read_text()


def test_a_guest_that_does_not_hear_runs_on(driver: CompleteHost) -> None:
    driver.lifecycle.define(Kind.DOMAIN, "deaf", BARE.format("deaf", ""))
    driver.lifecycle.start(Kind.DOMAIN, "deaf")
    with pytest.raises(Refused, match=r"within 1 s"):
        driver.lifecycle.stop(Kind.DOMAIN, "deaf", StopPolicy(deadline=1))
    assert power(driver, "deaf") is PowerState.RUNNING


def test_force_follows_the_deadline_where_it_is_allowed(driver: CompleteHost) -> None:
    driver.lifecycle.define(Kind.DOMAIN, "deaf", BARE.format("deaf", ""))
    driver.lifecycle.start(Kind.DOMAIN, "deaf")
    began = time.monotonic()
    driver.lifecycle.stop(Kind.DOMAIN, "deaf", StopPolicy(deadline=1, force=True))
    assert power(driver, "deaf") is PowerState.STOPPED
    assert time.monotonic() - began >= 1


def test_start_and_stop_twice_is_no_error(driver: CompleteHost) -> None:
    driver.lifecycle.define(Kind.DOMAIN, "twice", BARE.format("twice", ""))
    for _ in range(2):
        driver.lifecycle.start(Kind.DOMAIN, "twice")
    for _ in range(2):
        driver.lifecycle.stop(Kind.DOMAIN, "twice", StopPolicy(deadline=0, force=True))
    assert power(driver, "twice") is PowerState.STOPPED


def test_paused_at_start_then_resumed_then_suspended(driver: CompleteHost) -> None:
    driver.lifecycle.define(Kind.DOMAIN, "calm", BARE.format("calm", ""))
    driver.lifecycle.start(Kind.DOMAIN, "calm", paused=True)
    assert power(driver, "calm") is PowerState.PAUSED
    for _ in range(2):
        driver.lifecycle.resume("calm")
    assert power(driver, "calm") is PowerState.RUNNING
    for _ in range(2):
        driver.lifecycle.suspend("calm")
    assert power(driver, "calm") is PowerState.PAUSED


def test_a_running_guest_is_never_undefined(driver: CompleteHost) -> None:
    driver.lifecycle.define(Kind.DOMAIN, "busy", BARE.format("busy", ""))
    driver.lifecycle.start(Kind.DOMAIN, "busy")
    with pytest.raises(Refused, match="running"):
        driver.lifecycle.undefine(Kind.DOMAIN, "busy")
    observation = driver.observe.one(Kind.DOMAIN, "busy")
    assert observation is not None
    assert observation.persistent


def test_undefine_takes_managed_save_and_snapshots_along_if_told(
    driver: CompleteHost, libvirt_host: LibvirtHost
) -> None:
    image = libvirt_host.images / "disk.qcow2"
    libvirt_host.run("qemu-img", "create", "-q", "-f", "qcow2", str(image), "8M")
    disk = (
        f"<devices><disk type='file'><driver name='qemu' type='qcow2'/><source file='{image}'/>"
        "<target dev='vda' bus='virtio'/></disk></devices>"
    )
    driver.lifecycle.define(Kind.DOMAIN, "saved", BARE.format("saved", disk))
    libvirt_host.virsh("snapshot-create-as", "saved", "before")
    driver.lifecycle.start(Kind.DOMAIN, "saved")
    libvirt_host.virsh("managedsave", "saved")
    lost = driver.observe.lost_with("saved")
    assert lost == {Belonging.SNAPSHOTS: "before", Belonging.MANAGED_SAVE: ""}
    driver.lifecycle.undefine(Kind.DOMAIN, "saved", discards=tuple(lost))
    assert driver.observe.one(Kind.DOMAIN, "saved") is None
    assert image.exists()


def test_a_password_that_reading_hides_survives_a_redefinition(
    driver: CompleteHost, libvirt_host: LibvirtHost
) -> None:
    vnc = "<devices><graphics type='vnc' port='-1' autoport='yes' passwd='s3cret'/></devices>"
    driver.lifecycle.define(Kind.DOMAIN, "shy", BARE.format("shy", vnc))
    observation = driver.observe.one(Kind.DOMAIN, "shy")
    assert observation is not None
    assert "s3cret" not in observation.document
    driver.lifecycle.define(Kind.DOMAIN, "shy", observation.document)
    assert "passwd='s3cret'" in libvirt_host.virsh("dumpxml", "--security-info", "shy")


def test_containers(empty_host: LibvirtHost, tmp_path: Path) -> None:
    driver = open_complete(empty_host.lxc, host="hv1")
    try:
        root = container_root(empty_host.images / "root")
        driver.lifecycle.define(Kind.DOMAIN, "box", lxc_domain("box", root))
        assert driver.capabilities().family == "lxc"
        driver.lifecycle.start(Kind.DOMAIN, "box")
        driver.lifecycle.suspend("box")
        assert power(driver, "box") is PowerState.PAUSED
        driver.lifecycle.resume("box")
        driver.lifecycle.set_mark(
            Kind.DOMAIN, "box", "<vr:owner xmlns:vr='urn:virt-reconcile:1' fleet='f' digest='d'/>"
        )
        driver.lifecycle.stop(Kind.DOMAIN, "box", StopPolicy(deadline=20))
        assert power(driver, "box") is PowerState.STOPPED
        driver.lifecycle.start(Kind.DOMAIN, "box", paused=True)
        assert power(driver, "box") is PowerState.PAUSED
        driver.lifecycle.stop(Kind.DOMAIN, "box", StopPolicy(deadline=1, force=True))
        driver.lifecycle.undefine(Kind.DOMAIN, "box")
        assert driver.observe.one(Kind.DOMAIN, "box") is None
    finally:
        driver.close()
