"""A machine is its .vmx file and the file the machine, and what differs is all that is changed in a file."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from drivers.base.errors import Refused
from drivers.native import Drive, Machine, Nic, changes
from drivers.vmware.reading import machine_of, on_the_desk
from drivers.vmware.text import NotVmx, VmxFile, decoded, parse_vmx
from drivers.vmware.writing import edited_vmx, vmx_of
from tests.drivers.vmware.machines import FOLDER, MACHINES, TEXTS, completed

QUICK = settings(
    max_examples=40, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)
MINIMAL = 'config.version = "8"\nvirtualHW.version = "19"\ndisplayName = "web"\nmemsize = "64"\n'


def plain(machine: Machine) -> Machine:
    """Without what reading adds: controllers, addresses, how a MAC address came to be."""
    return replace(
        machine,
        controllers=(),
        drives=tuple(replace(drive, address=None) for drive in machine.drives),
        nics=tuple(replace(nic, mac_type=None, mac_check=None) for nic in machine.nics),
        folders=tuple(replace(folder, accessmode=None) for folder in machine.folders),
    )


@QUICK
@given(MACHINES)
def test_what_is_written_is_read_back(machine: Machine) -> None:
    machine = completed(machine)
    found = machine_of(vmx_of(machine, FOLDER), FOLDER)
    assert changes(machine, plain(found)) == ()
    again = edited_vmx(vmx_of(machine, FOLDER), found, FOLDER)
    assert again == vmx_of(machine, FOLDER)


@QUICK
@given(MACHINES, MACHINES)
def test_a_file_is_edited_into_any_other(before: Machine, after: Machine) -> None:
    vmx = vmx_of(completed(before), FOLDER).edited(
        {"tools.syncTime": "TRUE", "ethernet0.pciSlotNumber": "33"}
    )
    edited = edited_vmx(vmx, completed(after), FOLDER)
    assert changes(completed(after), plain(machine_of(edited, FOLDER))) == ()
    assert edited.yes("tools.syncTime")


@QUICK
@given(TEXTS | st.text(max_size=8))
def test_any_text_can_stand_in_a_value(text: str) -> None:
    assert VmxFile().edited({"annotation": text}).get("annotation") == (text or None)


def test_what_nobody_declares_stays_as_it_is_written() -> None:
    text = (
        "#!/usr/bin/vmware\n" + MINIMAL + "# by hand\n"
        'Ethernet0.present = "TRUE"\nethernet0.virtualDev = "e1000"\nethernet0.connectionType = "nat"\n'
        'ethernet0.generatedAddress = "00:0C:29:00:00:01"\nethernet0.pciSlotNumber = "33"\n'
        'MEMSIZE = "64"\nextendedConfigFile = "web.vmxf"\n'
    )
    vmx = parse_vmx(text)
    machine = machine_of(vmx, FOLDER)
    assert edited_vmx(vmx, machine, FOLDER) == vmx
    edited = edited_vmx(vmx, replace(machine, memory_max=128 << 10), FOLDER)
    assert edited.text == text.replace('MEMSIZE = "64"', 'memsize = "128"')
    without = edited_vmx(vmx, replace(machine, nics=()), FOLDER)
    assert "ethernet0" not in without.text.lower()


def test_a_card_that_stays_keeps_its_number_and_its_slot() -> None:
    first, second, third = (Nic(type="user", mac=f"00:50:56:00:00:0{number}") for number in (1, 2, 3))
    machine = completed(Machine(type="vmware", name="web", memory_max=65536, vcpus=1, nics=(first, second)))
    vmx = vmx_of(machine, FOLDER).edited({"ethernet1.pciSlotNumber": "34", "ethernet0.pciSlotNumber": "33"})
    edited = edited_vmx(vmx, replace(machine, nics=(second, third)), FOLDER)
    assert [edited.get(f"ethernet{number}.address") for number in (0, 1)] == [third.mac, second.mac]
    assert edited.get("ethernet1.pciSlotNumber") == "34"
    assert {nic.mac for nic in machine_of(edited, FOLDER).nics} == {second.mac, third.mac}


def test_drives_of_one_name_are_told_apart_and_stay_where_they_are() -> None:
    drives = [f'{bus}0.present = "TRUE"\n{bus}0:0.present = "TRUE"\n' for bus in ("scsi", "sata")]
    files = 'scsi0:0.fileName = "a.vmdk"\nsata0:0.fileName = "b.vmdk"\n'
    vmx = parse_vmx(MINIMAL + "".join(drives) + files)
    machine = machine_of(vmx)
    assert [(drive.target, drive.bus) for drive in machine.drives] == [("sda", "scsi"), ("sdb", "sata")]
    assert edited_vmx(vmx, machine, "") == vmx


def test_networks_are_called_as_on_the_desk() -> None:
    names = (("VMnet8", None), ("VM Network", None), ("VM Network", "/dev/vmnet7"), ("vmnet2", "vmnet2"))
    nics = tuple(Nic(type="bridge", bridge=bridge, target=target) for bridge, target in names)
    found = on_the_desk(Machine(name="web", nics=(*nics, Nic(type="user"))))
    assert [nic.bridge for nic in found.nics] == ["vmnet8", "vmnet0", "vmnet7", "vmnet2", None]


def test_the_password_of_a_display_is_neither_read_nor_lost() -> None:
    vmx = parse_vmx(MINIMAL + 'RemoteDisplay.vnc.enabled = "TRUE"\nRemoteDisplay.vnc.password = "hunter2"\n')
    machine = machine_of(vmx)
    assert "hunter2" not in repr(machine)
    edited = edited_vmx(vmx, replace(machine, description="new"), "")
    assert edited.get("RemoteDisplay.vnc.password") == "hunter2"


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('memsize = "many"', "no number"),
        ('memsize = "6"', "multiples of 4"),
        ('numvcpus = "0"', "numvcpus"),
        ('uuid.bios = "1234"', "no UUID"),
        ('firmware = "coreboot"', "bios or efi"),
        ('ethernet0.present = "perhaps"', "TRUE or FALSE"),
        ('ethernet0.present = "TRUE"\nethernet0.connectionType = "wireless"', "allowed: bridged"),
        ('ethernet0.present = "TRUE"\nethernet0.virtualDev = "ne2k"', "allowed: vlance"),
        (
            'serial0.present = "TRUE"\nserial0.fileType = "network"\nserial0.fileName = "ip://x:1"',
            "such as telnet",
        ),
        ('ide0:0.present = "TRUE"\nide0:0.fileName = "disk.raw"', "nobody knows"),
        ('cpuid.coresPerSocket = "8"', "numvcpus"),
        ("what is this", "line 5"),
        ('config.version = "7"', "config.version"),
    ],
)
def test_a_file_that_makes_no_sense_says_where(line: str, why: str) -> None:
    with pytest.raises(NotVmx, match=why):
        machine_of(parse_vmx(MINIMAL + line + "\n"))


def test_files_are_read_in_their_own_encoding() -> None:
    assert (
        parse_vmx(decoded(b'.encoding = "windows-1252"\ndisplayName = "caf\xe9"\n')).get("displayName")
        == "café"
    )
    with pytest.raises(NotVmx, match="utf-8"):
        decoded(b'displayName = "caf\xe9"\n')
    with pytest.raises(NotVmx, match="not known"):
        decoded(b'.encoding = "klingon"\n')


@pytest.mark.parametrize(
    "wanted",
    [
        {"drives": (Drive(target="vda", bus="virtio", file="/x.vmdk"),)},
        {
            "drives": (
                Drive(target="sda", bus="scsi", file="/x.vmdk"),
                Drive(target="sda", bus="scsi", file="/y.vmdk"),
            )
        },
        {"nics": tuple(Nic(type="user") for _ in range(11))},
        {"nics": (Nic(type="network", network="lan"),)},
        {"cpuset": "0"},
        {"arch": "aarch64"},
    ],
)
def test_what_vmware_does_not_have_is_refused(wanted: dict[str, object]) -> None:
    machine = replace(Machine(name="web", memory_max=65536, vcpus=2), **wanted)  # type: ignore[arg-type]
    with pytest.raises(Refused):
        vmx_of(machine, FOLDER)
