"""A device whose controller does not run waits for the next start, which has it."""

from __future__ import annotations

import pytest

from reconciler.compare import compare_live
from specs.identity import Kind
from tests.reconciler.compare.support import disk, domain, live, nic, spoken

AGENT = "<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/>{}</channel>"
AT = "<address type='virtio-serial' controller='{}' bus='0' port='1'/>"
SERIAL = "<controller type='virtio-serial' index='0'/>"
USB, NO_USB = "<controller type='usb' index='0'/>", "<controller type='usb' index='0' model='none'/>"
TABLET = "<input type='tablet' bus='usb'/>"
STICK = "<disk type='file' device='disk'><source file='/a'/><target dev='sdz' bus='usb'/></disk>"
CARD = "<hostdev type='usb' mode='subsystem'><source><vendor id='0x1'/><product id='0x2'/></source></hostdev>"
DIMM = "<memory model='dimm'><target><size unit='MiB'>128</size><node>0</node></target></memory>"
ROOM = "<maxMemory slots='2' unit='MiB'>1024</maxMemory>"
ROOT = "<controller type='pci' index='0' model='pcie-root'/>"
PORT = "<controller type='pci' index='{}' model='pcie-root-port'/>"
BRIDGE = "<controller type='pci' index='9' model='pcie-to-pci-bridge'/>"
SLOT = "<address type='pci' domain='0x0000' bus='0x0{}' slot='0x00' function='0x0'/>"
SCSI_DISK = STICK.replace("usb", "scsi")


@pytest.mark.parametrize(
    ("running", "device", "plugged"),
    [
        ("", AGENT.format(""), False),
        (SERIAL, AGENT.format(""), True),
        (SERIAL, AGENT.format(AT.format(0)), True),
        (SERIAL, AGENT.format(AT.format(1)), False),
        *((controllers, device, there) for device in (TABLET, STICK, CARD)
          for controllers, there in (("", False), (NO_USB, False), (USB, True))),
        ("", SCSI_DISK, True),  # libvirt adds the controller by itself
        (ROOT, disk("vdb", "/a"), False),
        (ROOT + PORT.format(1), disk("vdb", "/a"), True),
        (ROOT + PORT.format(1) + disk("vda", "/b", SLOT.format(1)), disk("vdb", "/a"), False),
        (ROOT + PORT.format(1) + BRIDGE, nic("lan"), True),  # how full it is, its ports do not tell
        (ROOT + PORT.format(1) + disk("vda", "/b", SLOT.format(1)), disk("vdb", "/a", SLOT.format(1)), True),
        (ROOT + SERIAL, AGENT.format(""), True),
    ],
)  # fmt: skip
def test_a_device_is_plugged_in_where_its_controller_runs(running: str, device: str, plugged: bool) -> None:
    found = live(domain(devices=running + device), domain(devices=running))
    assert [change.operation.verb for change in found.changes] == (["attach"] if plugged else [])
    assert len(found.pending) == (not plugged)


def test_memory_is_plugged_into_slots_that_the_guest_was_started_with() -> None:
    for room, verbs in (("", []), (ROOM, ["attach"])):
        found = live(domain(room, DIMM), domain(room))
        assert [change.operation.verb for change in found.changes] == verbs


def test_each_device_takes_a_port_and_what_goes_gives_one_back() -> None:
    ports = ROOT + PORT.format(1) + PORT.format(2)
    old, new = disk("vda", "/b", SLOT.format(1)), [disk(f"vd{name}", "/a") for name in "bcd"]
    found = live(domain(devices=ports + "".join(new)), domain(devices=ports + old))
    assert [change.operation.verb for change in found.changes].count("attach") == 2
    assert [each.path for each in found.pending] == ["devices/disk[vdd]"]


def test_other_hypervisors_need_no_controller_for_it() -> None:
    found = compare_live(Kind.DOMAIN, domain(devices=CARD), domain(), spoken("lxc"))
    assert [change.operation.verb for change in found.changes] == ["attach"]
