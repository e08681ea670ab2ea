"""Files that VirtualBox 7.2 wrote, read without it."""

from __future__ import annotations

from pathlib import Path

import pytest

from drivers.native.machine import read_machine
from drivers.vbox.machines import power_of, running_states
from drivers.vbox.reading import Neighbourhood, media_of, read_settings, read_vbox
from drivers.vbox.registry import read_registry
from drivers.vbox.unread import unread
from specs.desired import PowerState
from specs.xml import NotXml, parse

RECORDED = Path(__file__).parent / "recorded"


def recorded(name: str) -> str:
    return (RECORDED / name).read_text()


def test_a_machine_is_read_with_what_its_file_leaves_out() -> None:
    settings = read_settings(recorded("web.vbox"), Neighbourhood(folders={"default": "/srv/pool"}))
    machine = settings.machine
    assert (machine.name, machine.uuid) == ("web", "8c5f7306-043d-5d05-b654-bafac5272290")
    assert (machine.memory_max, machine.vcpus, machine.machine, machine.firmware) == (65536, 1, "piix3", None)
    assert machine.mark.startswith("<vr:owner")
    (drive,) = machine.drives
    assert (drive.source, drive.target, drive.bus, drive.format) == ("default/web.vdi", "sda", "sata", "vdi")
    (nic,) = machine.nics
    assert (nic.type, nic.mac, nic.model, nic.connected) == ("user", "08:00:27:29:4c:c4", "e1000", True)
    assert settings.slots == {nic.mac: 1}
    assert settings.plugs["sda"].controller == "SATA"
    assert not settings.saved
    assert settings.autostart is False


def test_a_disk_whose_file_is_elsewhere_is_no_more_the_volume_that_it_was() -> None:
    for folders in ({}, {"default": "/other"}):
        (drive,) = read_settings(recorded("web.vbox"), Neighbourhood(folders=folders)).machine.drives
        assert (drive.type, drive.file) == ("file", "/srv/pool/web.vdi")


def test_a_disk_with_snapshots_is_the_image_that_its_chain_begins_with() -> None:
    media = media_of(parse(recorded("live.vbox"), blanks=False))
    settings = read_settings(recorded("rich.vbox"), Neighbourhood(media=media))
    disk = next(drive for drive in settings.machine.drives if drive.device == "disk")
    assert disk.file == "/srv/h1/two.vdi"
    assert list(settings.snapshots.values()) == ["s1", "s2"]


def test_everything_that_is_said_is_read_and_the_document_says_no_more() -> None:
    text = read_vbox(recorded("rich.vbox"))
    machine, beyond = read_machine(text)
    assert beyond == ()
    assert machine == read_settings(recorded("rich.vbox")).machine
    assert (machine.machine, machine.firmware, machine.vcpu_quota, machine.acpi) == (
        "ich9",
        "efi",
        70000,
        False,
    )
    assert [nic.type for nic in machine.nics] == ["user", "network", "bridge", "internal"]
    assert [serial.type for serial in machine.serials] == ["unix", "tcp", "tcp", "null"]
    assert [drive.target for drive in machine.drives] == ["hdc", "sdb", "fda"]
    assert {each.type for each in machine.controllers} == {"ide", "sata", "scsi", "fdc", "nvme", "usb"}
    assert machine.clock is not None
    assert (machine.clock.offset, machine.clock.adjustment) == ("variable", "5")


def test_an_internal_network_that_is_an_object_is_a_network() -> None:
    around = Neighbourhood(internal=frozenset({"inn"}))
    assert read_settings(recorded("rich.vbox"), around).machine.nics[3].network == "inn"


def test_what_no_document_has_is_named() -> None:
    assert list(unread(recorded("rich.vbox"))) == ["Snapshot", "USB", "RemoteDisplay"]
    assert list(unread(recorded("web.vbox"))) == []


@pytest.mark.parametrize("text", ["", "<", "<a/>", '<VirtualBox xmlns="http://www.virtualbox.org/"/>'])
def test_what_is_no_machine_is_said(text: str) -> None:
    with pytest.raises((NotXml, ValueError)):
        read_vbox(text)


def test_the_registry_tells_machines_and_networks() -> None:
    registry = read_registry(recorded("VirtualBox.xml"))
    assert set(registry.machines.values()) == {
        "/srv/h1/machines/m1/m1.vbox",
        "/srv/h1/machines/rich/rich.vbox",
    }
    assert registry.dhcp["inn"].lower == "10.6.0.10"
    assert registry.autostart_folder == ""
    assert read_registry("").machines == {}


def test_the_state_of_what_runs_is_told_of_each() -> None:
    said = 'UUID="A-1"\nx="y"\nVMState="paused"\n\nUUID="b"\nVMState="running"\n'
    assert dict(running_states(said)) == {"a-1": PowerState.PAUSED, "b": PowerState.RUNNING}
    for state in ("poweroff", "saved", "aborted", "teleported"):
        assert power_of(state) is PowerState.STOPPED
    assert power_of("teleporting") is PowerState.RUNNING
