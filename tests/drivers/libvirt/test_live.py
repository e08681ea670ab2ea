"""Changes of a running guest: they are there at once, and its QEMU stays the same process."""

from __future__ import annotations

import pytest
from lxml import etree

from drivers.base import Driver
from drivers.errors import DriverError, Refused, Unsupported
from specs.identity import Kind
from tests.drivers.libvirt.conftest import GUEST
from tests.support.daemons import LibvirtHost

MAC = "52:54:00:00:00:02"
NIC = f"<interface type='user'><mac address='{MAC}'/><model type='virtio'/></interface>"


def live(driver: Driver) -> etree._Element:
    observation = driver.observe_one(Kind.DOMAIN, GUEST)
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


def test_a_disk_comes_and_goes(guest: Driver, libvirt_host: LibvirtHost) -> None:
    document = disk(image(libvirt_host, "extra.img"))
    guest.attach_device(GUEST, document)
    assert live(guest).find("devices/disk/target[@dev='vdb']") is not None
    guest.detach_device(GUEST, document)
    assert live(guest).find("devices/disk/target[@dev='vdb']") is None


def test_a_device_whose_address_is_taken_gets_another(guest: Driver, libvirt_host: LibvirtHost) -> None:
    taken = live(guest).find("devices/interface/mac[@address='52:54:00:00:00:01']/../address")
    assert taken is not None
    document = disk(image(libvirt_host, "address.img"), etree.tostring(taken, encoding="unicode"))
    guest.attach_device(GUEST, document)
    guest.detach_device(GUEST, disk(str(libvirt_host.images / "address.img")))
    assert live(guest).find("devices/disk/target[@dev='vdb']") is None


def test_a_nic_comes_and_goes(guest: Driver) -> None:
    guest.attach_device(GUEST, NIC)
    assert live(guest).find(f"devices/interface/mac[@address='{MAC}']") is not None
    guest.detach_device(GUEST, NIC)
    assert live(guest).find(f"devices/interface/mac[@address='{MAC}']") is None


def test_a_device_that_is_plugged_in_live_only_leaves_the_definition_alone(guest: Driver) -> None:
    guest.attach_device(GUEST, NIC)
    observation = guest.observe_one(Kind.DOMAIN, GUEST)
    assert observation is not None
    assert MAC not in observation.document
    guest.detach_device(GUEST, NIC)


def test_media_change_and_eject(guest: Driver, libvirt_host: LibvirtHost) -> None:
    path = image(libvirt_host, "cd.iso")
    drive = "<disk type='file' device='cdrom'>{}<target dev='hda' bus='ide'/><readonly/></disk>"
    guest.update_device(GUEST, drive.format(f"<source file='{path}'/>"))
    source = live(guest).find("devices/disk[@device='cdrom']/source")
    assert source is not None
    assert source.get("file") == path
    guest.update_device(GUEST, drive.format(""))
    # An empty drive keeps a <source index='…'/> without a file.
    assert live(guest).find("devices/disk[@device='cdrom']/source[@file]") is None


@pytest.mark.parametrize("state", ["down", "up"])
def test_link_state(guest: Driver, state: str) -> None:
    guest.update_device(
        GUEST,
        "<interface type='user'><mac address='52:54:00:00:00:01'/><model type='virtio'/>"
        f"<link state='{state}'/></interface>",
    )
    link = live(guest).find("devices/interface/link")
    assert link is not None
    assert link.get("state") == state


def test_memory_and_vcpus(guest: Driver) -> None:
    guest.set_memory(GUEST, 160 * 1024)
    guest.set_vcpus(GUEST, 2)
    root = live(guest)
    assert root.findtext("currentMemory") == str(160 * 1024)
    assert root.find("vcpu").get("current") in (None, "2")  # type: ignore[union-attr]
    # Not out again: QEMU 7.2 crashes under TCG when a virtual CPU is unplugged.


def test_more_vcpus_than_the_maximum_are_refused(guest: Driver) -> None:
    with pytest.raises(Refused):
        guest.set_vcpus(GUEST, 9)


@pytest.mark.parametrize("field", ["title", "description"])
def test_texts(guest: Driver, field: str) -> None:
    guest.set_text(GUEST, field, "seen <live>")
    assert live(guest).findtext(field) == "seen <live>"
    guest.set_text(GUEST, field, "")
    assert live(guest).find(field) is None


@pytest.mark.parametrize(
    ("path", "value", "found"),
    [
        ("cputune/shares", "512", "512"),
        ("cputune/quota", "50000", "50000"),
        ("cputune/emulator_quota", "60000", "60000"),
        ("memtune/hard_limit", "1 GiB", "1048576"),
        ("memtune/hard_limit", "2097152", "2097152"),  # without a unit: KiB, as in the document
        ("memtune/soft_limit", "524288 KiB", "524288"),
    ],
)
def test_tunables(guest: Driver, path: str, value: str, found: str) -> None:
    guest.tune(GUEST, path, value)
    assert live(guest).findtext(path) == found


def test_pinning(guest: Driver) -> None:
    guest.tune(GUEST, "cputune/vcpupin[0]/@cpuset", "0")
    guest.tune(GUEST, "cputune/emulatorpin/@cpuset", "0")
    root = live(guest)
    assert root.find("cputune/vcpupin[@vcpu='0']").get("cpuset") == "0"  # type: ignore[union-attr]
    assert root.find("cputune/emulatorpin").get("cpuset") == "0"  # type: ignore[union-attr]


def test_disk_limits(guest: Driver, libvirt_host: LibvirtHost) -> None:
    document = disk(image(libvirt_host, "limited.img"))
    guest.attach_device(GUEST, document)
    guest.tune(GUEST, "devices/disk[vdb]/iotune/total_iops_sec", "300")
    assert live(guest).findtext("devices/disk/iotune/total_iops_sec") == "300"
    guest.detach_device(GUEST, document)


def test_what_has_no_call_of_its_own_is_unsupported(guest: Driver) -> None:
    with pytest.raises(Unsupported):
        guest.tune(GUEST, "devices/video/model/@vram", "1")


def test_the_mark_is_in_both_documents(guest: Driver) -> None:
    mark = "<vr:owner xmlns:vr='urn:virt-reconcile:1' fleet='a &amp; b' digest='d'/>"
    guest.set_metadata(GUEST, mark)
    guest.set_metadata(GUEST, mark)
    observation = guest.observe_one(Kind.DOMAIN, GUEST)
    assert observation is not None
    for document in (observation.document, observation.live):
        owners = etree.fromstring(document or "").findall("metadata/{urn:virt-reconcile:1}owner")
        assert [dict(owner.attrib) for owner in owners] == [{"fleet": "a & b", "digest": "d"}]


def test_a_redefinition_changes_the_definition_only(guest: Driver) -> None:
    observation = guest.observe_one(Kind.DOMAIN, GUEST)
    assert observation is not None
    root = etree.fromstring(observation.document)
    etree.SubElement(root, "title").text = "next boot"
    guest.define(Kind.DOMAIN, GUEST, etree.tostring(root, encoding="unicode"))
    assert live(guest).find("title") is None
    guest.define(Kind.DOMAIN, GUEST, observation.document)
    again = guest.observe_one(Kind.DOMAIN, GUEST)
    assert again is not None
    assert again.document == observation.document


def test_a_device_that_cannot_be_plugged_says_why(guest: Driver) -> None:
    with pytest.raises(DriverError, match="video"):
        guest.attach_device(GUEST, "<video><model type='vga'/></video>")


def test_a_missing_image_is_named(guest: Driver) -> None:
    with pytest.raises(Refused, match=r"/nowhere/disk\.img"):
        guest.attach_device(GUEST, disk("/nowhere/disk.img"))
