"""Changes of a running guest: they are there at once, and its QEMU stays the same process."""

from __future__ import annotations

import pytest
from lxml import etree

from drivers.base import Text
from drivers.base.errors import DriverError, Refused
from drivers.base.tunables import CpuParameter, CpuPin, CpuTune, DiskTune, MemoryLimit, MemoryTune, Tunable
from drivers.contract.complete import CompleteHost
from drivers.dialects import dialect
from reconciler.compare import compare_live
from specs.identity import Kind
from tests.drivers.libvirt.conftest import GUEST
from tests.support.daemons import LibvirtHost

MAC = "52:54:00:00:00:02"
CHANNEL = "<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>"
NIC = f"<interface type='user'><mac address='{MAC}'/><model type='virtio'/></interface>"


def live(driver: CompleteHost) -> etree._Element:
    observation = driver.observe.one(Kind.DOMAIN, GUEST)
    assert observation is not None
    assert observation.live is not None
    return etree.fromstring(observation.live)


def image(host: LibvirtHost, name: str) -> str:
    path = host.images / name
    host.run("qemu-img", "create", "-q", "-f", "raw", str(path), "8M")
    return str(path)


def disk(path: str, address: str = "") -> str:
    return (
        f"<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='{path}'/>"
        f"<target dev='vdb' bus='virtio'/>{address}</disk>"
    )


def test_a_disk_comes_and_goes(guest: CompleteHost, libvirt_host: LibvirtHost) -> None:
    document = disk(image(libvirt_host, "extra.img"))
    guest.live.attach(GUEST, document)
    assert live(guest).find("devices/disk/target[@dev='vdb']") is not None
    guest.live.detach(GUEST, document)
    assert live(guest).find("devices/disk/target[@dev='vdb']") is None


def test_a_device_whose_address_is_taken_gets_another(guest: CompleteHost, libvirt_host: LibvirtHost) -> None:
    taken = live(guest).find("devices/interface/mac[@address='52:54:00:00:00:01']/../address")
    assert taken is not None
    document = disk(image(libvirt_host, "address.img"), etree.tostring(taken, encoding="unicode"))
    guest.live.attach(GUEST, document)
    guest.live.detach(GUEST, disk(str(libvirt_host.images / "address.img")))
    assert live(guest).find("devices/disk/target[@dev='vdb']") is None


def test_a_nic_comes_and_goes(guest: CompleteHost) -> None:
    guest.live.attach(GUEST, NIC)
    assert live(guest).find(f"devices/interface/mac[@address='{MAC}']") is not None
    guest.live.detach(GUEST, NIC)
    assert live(guest).find(f"devices/interface/mac[@address='{MAC}']") is None


def test_a_channel_without_its_controller_is_refused_and_so_waits(guest: CompleteHost) -> None:
    with pytest.raises(DriverError, match=r"virtio.serial controller"):
        guest.live.attach(GUEST, CHANNEL)
    seen = guest.observe.one(Kind.DOMAIN, GUEST)
    assert seen is not None
    wanted = seen.document.replace("</devices>", f"{CHANNEL}{NIC}</devices>")
    found = compare_live(Kind.DOMAIN, wanted, seen.live or "", dialect("qemu"))
    assert [change.difference.path for change in found.changes] == [f"devices/interface[{MAC}]"]
    assert [each.path for each in found.pending] == ["devices/channel[virtio,org.qemu.guest_agent.0]"]


def test_a_device_that_is_plugged_in_live_only_leaves_the_definition_alone(guest: CompleteHost) -> None:
    guest.live.attach(GUEST, NIC)
    observation = guest.observe.one(Kind.DOMAIN, GUEST)
    assert observation is not None
    assert MAC not in observation.document
    guest.live.detach(GUEST, NIC)


def test_media_change_and_eject(guest: CompleteHost, libvirt_host: LibvirtHost) -> None:
    path = image(libvirt_host, "cd.iso")
    drive = "<disk type='file' device='cdrom'>{}<target dev='hda' bus='ide'/><readonly/></disk>"
    guest.live.update(GUEST, drive.format(f"<source file='{path}'/>"))
    source = live(guest).find("devices/disk[@device='cdrom']/source")
    assert source is not None
    assert source.get("file") == path
    guest.live.update(GUEST, drive.format(""))
    # An empty drive keeps a <source index='…'/> without a file.
    assert live(guest).find("devices/disk[@device='cdrom']/source[@file]") is None


@pytest.mark.parametrize("state", ["down", "up"])
def test_link_state(guest: CompleteHost, state: str) -> None:
    guest.live.update(
        GUEST,
        "<interface type='user'><mac address='52:54:00:00:00:01'/><model type='virtio'/>"
        f"<link state='{state}'/></interface>",
    )
    link = live(guest).find("devices/interface/link")
    assert link is not None
    assert link.get("state") == state


def test_memory_and_vcpus(guest: CompleteHost) -> None:
    guest.live.set_memory(GUEST, 160 * 1024)
    guest.live.set_vcpus(GUEST, 2)
    root = live(guest)
    assert root.findtext("currentMemory") == str(160 * 1024)
    assert root.find("vcpu").get("current") in (None, "2")  # type: ignore[union-attr]
    # Not out again: QEMU 7.2 crashes under TCG when a virtual CPU is unplugged.


def test_more_vcpus_than_the_maximum_are_refused(guest: CompleteHost) -> None:
    with pytest.raises(Refused):
        guest.live.set_vcpus(GUEST, 9)


@pytest.mark.parametrize("field", ["title", "description"])
def test_texts(guest: CompleteHost, field: str) -> None:
    guest.live.set_text(GUEST, Text(field), "seen <live>")
    assert live(guest).findtext(field) == "seen <live>"
    guest.live.set_text(GUEST, Text(field), "")
    assert live(guest).find(field) is None


@pytest.mark.parametrize(
    ("wanted", "path", "found"),
    [
        (CpuTune(CpuParameter.SHARES, 512), "cputune/shares", "512"),
        (CpuTune(CpuParameter.QUOTA, 50000), "cputune/quota", "50000"),
        (CpuTune(CpuParameter.EMULATOR_QUOTA, 60000), "cputune/emulator_quota", "60000"),
        (MemoryTune(MemoryLimit.HARD, 1048576), "memtune/hard_limit", "1048576"),
        (MemoryTune(MemoryLimit.SOFT, 524288), "memtune/soft_limit", "524288"),
    ],
)
def test_tunables(guest: CompleteHost, wanted: Tunable, path: str, found: str) -> None:
    guest.live.tune(GUEST, wanted)
    assert live(guest).findtext(path) == found


def test_pinning(guest: CompleteHost) -> None:
    guest.live.tune(GUEST, CpuPin(0, "0"))
    guest.live.tune(GUEST, CpuPin(None, "0"))
    root = live(guest)
    assert root.find("cputune/vcpupin[@vcpu='0']").get("cpuset") == "0"  # type: ignore[union-attr]
    assert root.find("cputune/emulatorpin").get("cpuset") == "0"  # type: ignore[union-attr]


def test_disk_limits(guest: CompleteHost, libvirt_host: LibvirtHost) -> None:
    document = disk(image(libvirt_host, "limited.img"))
    guest.live.attach(GUEST, document)
    guest.live.tune(GUEST, DiskTune("vdb", "total_iops_sec", 300))
    assert live(guest).findtext("devices/disk/iotune/total_iops_sec") == "300"
    guest.live.detach(GUEST, document)


def test_the_mark_is_in_both_documents(guest: CompleteHost) -> None:
    mark = "<vr:owner xmlns:vr='urn:virt-reconcile:1' fleet='a &amp; b' digest='d'/>"
    guest.lifecycle.set_mark(Kind.DOMAIN, GUEST, mark)
    guest.lifecycle.set_mark(Kind.DOMAIN, GUEST, mark)
    observation = guest.observe.one(Kind.DOMAIN, GUEST)
    assert observation is not None
    for document in (observation.document, observation.live):
        owners = etree.fromstring(document or "").findall("metadata/{urn:virt-reconcile:1}owner")
        assert [dict(owner.attrib) for owner in owners] == [{"fleet": "a & b", "digest": "d"}]


def test_a_redefinition_changes_the_definition_only(guest: CompleteHost) -> None:
    observation = guest.observe.one(Kind.DOMAIN, GUEST)
    assert observation is not None
    root = etree.fromstring(observation.document)
    etree.SubElement(root, "title").text = "next boot"
    guest.lifecycle.define(Kind.DOMAIN, GUEST, etree.tostring(root, encoding="unicode"))
    assert live(guest).find("title") is None
    guest.lifecycle.define(Kind.DOMAIN, GUEST, observation.document)
    again = guest.observe.one(Kind.DOMAIN, GUEST)
    assert again is not None
    assert again.document == observation.document


def test_a_device_that_cannot_be_plugged_says_why(guest: CompleteHost) -> None:
    with pytest.raises(DriverError, match="video"):
        guest.live.attach(GUEST, "<video><model type='vga'/></video>")


def test_a_missing_image_is_named(guest: CompleteHost) -> None:
    with pytest.raises(Refused, match=r"/nowhere/disk\.img"):
        guest.live.attach(GUEST, disk("/nowhere/disk.img"))
