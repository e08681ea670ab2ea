"""Snapshots on a real QEMU: what is written to a disk comes back, and what holds none says why."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from drivers.base.errors import Refused
from drivers.contract.complete import CompleteHost, open_complete
from specs.desired import PowerState, StopPolicy
from specs.identity import Kind
from tests.support.daemons import LibvirtHost
from tests.support.session import session_host

pytestmark = pytest.mark.real
FORCE = StopPolicy(methods=(), deadline=5, force=True)


def domain(disk: Path, format_: str = "qcow2", more: str = "") -> str:
    return (
        "<domain type='qemu'><name>kept</name><memory unit='MiB'>32</memory><os><type>hvm</type>"
        f"{more}</os><features><acpi/></features><devices><disk type='file'>"
        f"<driver name='qemu' type='{format_}'/><source file='{disk}'/>"
        "<target dev='vda' bus='virtio'/></disk></devices></domain>"
    )


def qemu(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def host() -> Iterator[LibvirtHost]:
    host = session_host()
    host.clear()
    yield host
    host.clear()


@pytest.fixture
def driver(host: LibvirtHost) -> Iterator[CompleteHost]:
    with closing(open_complete(host.qemu, host="hv1")) as driver:
        yield driver


def test_what_was_written_comes_back_stopped_or_with_its_memory(
    host: LibvirtHost, driver: CompleteHost
) -> None:
    disk = host.root / "images" / "kept.qcow2"
    qemu("qemu-img", "create", "-q", "-f", "qcow2", str(disk), "8M")
    qemu("qemu-io", "-c", "write -P 1 0 64k", str(disk))
    driver.lifecycle.define(Kind.DOMAIN, "kept", domain(disk))
    driver.snapshots.take("kept", "one", "")
    qemu("qemu-io", "-c", "write -P 2 0 64k", str(disk))
    driver.lifecycle.start(Kind.DOMAIN, "kept")
    driver.snapshots.take("kept", "two", "")
    driver.snapshots.revert("kept", "one")
    seen = driver.observe.one(Kind.DOMAIN, "kept")
    assert seen is not None
    assert seen.power is PowerState.STOPPED
    assert "Pattern verification failed" not in qemu("qemu-io", "-c", "read -P 1 0 64k", str(disk))
    driver.snapshots.revert("kept", "two")
    seen = driver.observe.one(Kind.DOMAIN, "kept")
    assert seen is not None
    assert seen.power is PowerState.RUNNING
    driver.lifecycle.stop(Kind.DOMAIN, "kept", FORCE)
    assert "Pattern verification failed" not in qemu("qemu-io", "-c", "read -P 2 0 64k", str(disk))
    assert [each.name for each in driver.snapshots.all("kept")] == ["one", "two"]
    for name in ("one", "two"):
        driver.snapshots.drop("kept", name)
    assert "Snapshot list" not in qemu("qemu-img", "snapshot", "-l", str(disk))


@pytest.mark.parametrize(
    ("format_", "more", "why"),
    [
        ("raw", "", "disk vda is raw, and only qcow2 holds snapshots"),
        ("qcow2", "<loader readonly='yes' type='pflash'>/usr/share/OVMF/OVMF_CODE.fd</loader>", "UEFI"),
    ],
)
def test_what_holds_none_is_told_beforehand(
    host: LibvirtHost, driver: CompleteHost, format_: str, more: str, why: str
) -> None:
    disk = host.root / "images" / f"kept.{format_}"
    qemu("qemu-img", "create", "-q", "-f", format_, str(disk), "8M")
    driver.lifecycle.define(Kind.DOMAIN, "kept", domain(disk, format_, more))
    assert why in driver.snapshots.obstacle("kept")
    with pytest.raises(Refused):
        driver.snapshots.take("kept", "one", "")
    assert driver.snapshots.all("kept") == ()
