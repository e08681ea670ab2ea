"""What VBoxManage is told for each edit, on a machine that is off and on one that runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from drivers.base.errors import Refused
from drivers.native.devices import Drive, Nic, SerialPort, VideoCard
from drivers.native.machine import GuestClock, Machine
from drivers.vbox.live import changing_live
from drivers.vbox.making import usual
from drivers.vbox.reading import Neighbourhood, SettingsFile, read_settings
from drivers.vbox.words import letters, number_of
from drivers.vbox.writing import changing, creation
from tests.drivers.vbox.test_reading import recorded

AROUND = Neighbourhood(
    folders={"default": "/srv/pool"}, nat=frozenset({"lan"}), internal=frozenset({"inside"})
)
UUID = "8c5f7306-043d-5d05-b654-bafac5272290"
SECOND = Drive(target="sdb", bus="sata", file="/x.vdi")
Edit = Callable[[Machine], Machine]


def web() -> SettingsFile:
    return read_settings(recorded("web.vbox"), AROUND)


def nic(machine: Machine, **said: str) -> Machine:
    changed: Nic = replace(machine.nics[0], **said)  # type: ignore[arg-type]
    return replace(machine, nics=(changed, *machine.nics[1:]))


def told(edit: Edit) -> list[str]:
    return [" ".join(words) for words in changing(web(), edit(web().machine), AROUND)]


ATTACH = f"storageattach {UUID} --storagectl SATA --port"
OFF: dict[str, tuple[Edit, list[str]]] = {
    "nothing": (lambda m: m, []),
    "memory and cpus": (
        lambda m: replace(m, memory_max=131072, vcpus=2),
        [f"modifyvm {UUID} --memory 128 --cpus 2"],
    ),
    "share": (lambda m: replace(m, vcpu_quota=50000), [f"modifyvm {UUID} --cpu-execution-cap 50"]),
    "chipset": (lambda m: replace(m, machine="ich9"), [f"modifyvm {UUID} --chipset ich9"]),
    "firmware": (lambda m: replace(m, firmware="efi"), [f"modifyvm {UUID} --firmware efi"]),
    "acpi": (lambda m: replace(m, acpi=True), [f"modifyvm {UUID} --acpi on"]),
    "boot": (
        lambda m: replace(m, boot=("cdrom", "hd")),
        [f"modifyvm {UUID} --boot1 dvd --boot2 disk --boot3 none --boot4 none"],
    ),
    "clock": (
        lambda m: replace(m, clock=GuestClock(offset="variable", basis="localtime", adjustment="-5")),
        [f"modifyvm {UUID} --rtc-use-utc off --bios-system-time-offset -5000"],
    ),
    "serial": (
        lambda m: replace(m, serials=(SerialPort(type="tcp", mode="bind", service="99", port=1),)),
        [f"modifyvm {UUID} --uart1 off --uart2 0x2F8 3 --uart-mode2 tcpserver 99 --uart3 off --uart4 off"],
    ),
    "video": (
        lambda m: replace(m, videos=(VideoCard(type="vmvga", vram=16384, heads=2),)),
        [f"modifyvm {UUID} --graphicscontroller vmsvga --vram 16 --monitor-count 2"],
    ),
    "card": (
        lambda m: nic(m, type="network", network="lan", model="virtio", link="down"),
        [f"modifyvm {UUID} --nic1 natnetwork --nat-network1 lan --nic-type1 virtio --cable-connected1 off"],
    ),
    "no card": (lambda m: replace(m, nics=()), [f"modifyvm {UUID} --nic1 none"]),
    "second card": (
        lambda m: replace(m, nics=(Nic(type="bridge", bridge="eth0", mac="08:00:27:00:00:01"), *m.nics)),
        [
            f"modifyvm {UUID} --nic2 bridged --bridge-adapter2 eth0 --nic-type2 82540EM"
            " --mac-address2 080027000001 --cable-connected2 on"
        ],
    ),
    "second disk": (
        lambda m: replace(m, drives=(*m.drives, SECOND)),
        [f"{ATTACH} 1 --device 0 --type hdd --medium /x.vdi --hotpluggable on"],
    ),
    "no disk": (
        lambda m: replace(m, drives=()),
        [f"{ATTACH} 0 --device 0 --medium none", f"setextradata {UUID} virt-reconcile/volumes"],
    ),
    "drive on a new controller": (
        lambda m: replace(m, drives=(*m.drives, Drive(target="hdb", bus="ide", device="cdrom"))),
        [
            f"storagectl {UUID} --name IDE --add ide --controller PIIX4",
            f"storageattach {UUID} --storagectl IDE --port 0 --device 1 --type dvddrive --medium emptydrive",
        ],
    ),
    "texts": (
        lambda m: replace(m, title="T", mark="", description="d"),
        [
            f"modifyvm {UUID} --description d",
            f"setextradata {UUID} virt-reconcile/title T",
            f"setextradata {UUID} virt-reconcile/mark",
        ],
    ),
}


@pytest.mark.parametrize("name", OFF)
def test_an_edit_of_a_machine_that_is_off(name: str) -> None:
    edit, expected = OFF[name]
    assert told(edit) == expected


ON: dict[str, tuple[Edit, list[str]]] = {
    "share": (lambda m: replace(m, vcpu_quota=30000), [f"controlvm {UUID} cpuexecutioncap 30"]),
    "link": (lambda m: nic(m, link="down"), [f"controlvm {UUID} setlinkstate1 off"]),
    "network": (
        lambda m: nic(m, type="network", network="inside"),
        [f"controlvm {UUID} nic1 intnet inside"],
    ),
    "plug": (
        lambda m: replace(m, drives=(*m.drives, SECOND)),
        [f"{ATTACH} 1 --device 0 --type hdd --medium /x.vdi"],
    ),
    "mark": (lambda m: replace(m, mark=""), [f"setextradata {UUID} virt-reconcile/mark"]),
}


@pytest.mark.parametrize("name", ON)
def test_an_edit_of_a_machine_that_runs(name: str) -> None:
    edit, expected = ON[name]
    found = changing_live(web(), edit(web().machine), AROUND)
    assert [" ".join(words) for words in found] == expected


@pytest.mark.parametrize("name", sorted(OFF.keys() - {"nothing", "share", "second disk", "no disk"}))
def test_what_cannot_change_while_it_runs_is_refused_with_its_name(name: str) -> None:
    with pytest.raises(Refused, match="needs it stopped"):
        changing_live(web(), OFF[name][0](web().machine), AROUND)


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda m: nic(m, type="network", network="gone"), "no network 'gone'"),
        (
            lambda m: replace(m, drives=(replace(SECOND, file=None, pool="p", volume="v"),)),
            "no storage pool 'p'",
        ),
        (lambda m: replace(m, drives=(*m.drives, replace(SECOND, target="sdzz"))), "no place"),
        (lambda m: replace(m, drives=(replace(SECOND, bus="xen"),)), "no bus 'xen'"),
        (lambda m: replace(m, nics=(m.nics[0],) * 9), "room for 8"),
    ],
)
def test_what_makes_no_sense_is_refused(edit: Edit, said: str) -> None:
    with pytest.raises(Refused, match=said):
        told(edit)


def test_a_new_machine_has_its_uuid_and_what_is_usual() -> None:
    wanted = replace(web().machine, guest=None, acpi=False, apic=False, pae=False, boot=())
    assert creation(wanted) == (
        "createvm",
        "--name",
        "web",
        "--ostype",
        "Other_64",
        "--register",
        "--uuid",
        UUID,
    )
    made = replace(wanted, acpi=True, boot=("hd",))
    assert usual(made, wanted) == made
    asked = replace(wanted, apic=True, boot=("cdrom",))
    assert usual(made, asked) == asked


def test_places_are_letters() -> None:
    assert [letters(number) for number in (0, 25, 26, 701)] == ["a", "z", "aa", "zz"]
    assert all(number_of(letters(number)) == number for number in range(800))
    assert number_of("") == number_of("A") == number_of("1") == -1
