"""What a change costs while the guest runs, for each hypervisor: the whole table, row by row."""

from __future__ import annotations

import pytest

from reconciler.compare import compare
from reconciler.compare.model import Effect
from specs.identity import Kind
from tests.reconciler.compare.support import disk, domain, nic, spoken

MAC = "52:54:00:00:00:01"
LIVE, LATER = Effect.LIVE, Effect.NEXT_BOOT


def costs(kind: Kind, given: str, kept: str, family: str = "qemu") -> set[Effect]:
    """The effects of all differences."""
    return {difference.effect for difference in compare(kind, given, kept, None, spoken(family)).differences}


def _tuned(path: str, value: str) -> str:
    outer, inner = path.split("/")
    return domain(f"<{outer}><{inner}>{value}</{inner}></{outer}>")


def _pinned(cpus: str) -> str:
    return domain(f"<cputune><vcpupin vcpu='0' cpuset='{cpus}'/></cputune>")


def _emulator(cpus: str) -> str:
    return domain(f"<cputune><emulatorpin cpuset='{cpus}'/></cputune>")


def _first(size: str) -> str:
    return domain(f"<currentMemory>{size}</currentMemory>")


def _plugged(count: int) -> str:
    return domain().replace("<vcpu>2", f"<vcpu current='{count}'>2")


VALUES = {
    "memory": (_first("1024"), _first("2048"), "qemu lxc xen sim"),
    "vCPUs": (_plugged(1), _plugged(2), "qemu xen sim"),
    "title": (domain("<title>a</title>"), domain("<title>b</title>"), ""),
    "pins": (_pinned("0"), _pinned("1"), "qemu sim"),
    "emulator": (_emulator("0"), _emulator("1"), "qemu sim"),
    "disk limits": (
        domain(devices=disk("vda", "/a", "<iotune><read_iops_sec>1</read_iops_sec></iotune>")),
        domain(devices=disk("vda", "/a", "<iotune><read_iops_sec>2</read_iops_sec></iotune>")),
        "qemu sim",
    ),
    **{
        path: (_tuned(path, "1000"), _tuned(path, "2000"), "qemu lxc sim")
        for path in (
            "cputune/shares", "cputune/period", "cputune/quota", "memtune/hard_limit", "memtune/soft_limit",
            "memtune/swap_hard_limit", "blkiotune/weight")
    },
    **{
        path: (_tuned(path, "1000"), _tuned(path, "2000"), "qemu sim")
        for path in (
            "cputune/emulator_period", "cputune/emulator_quota", "cputune/iothread_period",
            "cputune/iothread_quota", "cputune/global_period", "cputune/global_quota")
    },
    "link": (
        domain(devices=nic("a", MAC, "<link state='down'/>")), domain(devices=nic("a", MAC)), "qemu sim",
    ),
    "network": (domain(devices=nic("a", MAC)), domain(devices=nic("b", MAC)), "qemu sim"),
    "filter": (
        domain(devices=nic("a", MAC, "<filterref filter='x'/>")),
        domain(devices=nic("a", MAC, "<filterref filter='y'/>")), "qemu sim",
    ),
    "bandwidth": (
        domain(devices=nic("a", MAC, "<bandwidth><inbound average='1'/></bandwidth>")),
        domain(devices=nic("a", MAC, "<bandwidth><inbound average='2'/></bandwidth>")), "qemu sim",
    ),
    "VLAN": (
        domain(devices=nic("a", MAC, "<vlan><tag id='1'/></vlan>")),
        domain(devices=nic("a", MAC, "<vlan><tag id='2'/></vlan>")), "qemu sim",
    ),
    "model": (
        domain(devices=nic("a", MAC, "<model type='e1000'/>")),
        domain(devices=nic("a", MAC, "<model type='virtio'/>")), "",
    ),
    "a medium": (
        domain(devices=disk("sda", "/a").replace("device='disk'", "device='cdrom'")),
        domain(devices=disk("sda", "/b").replace("device='disk'", "device='cdrom'")), "qemu sim",
    ),
    "a floppy": (
        domain(devices=disk("fda", "/a").replace("device='disk'", "device='floppy'")),
        domain(devices=disk("fda", "/b").replace("device='disk'", "device='floppy'")), "qemu sim",
    ),
    "a disk's file": (domain(devices=disk("vda", "/a")), domain(devices=disk("vda", "/b")), ""),
    "machine": (domain(), domain().replace("machine='pc'", "machine='q35'"), ""),
}  # fmt: skip


@pytest.mark.parametrize("family", ["qemu", "sim", "lxc", "xen"])
@pytest.mark.parametrize("case", VALUES)
def test_a_value_is_changed_live_where_the_hypervisor_can(case: str, family: str) -> None:
    given, kept, families = VALUES[case]
    cost = LIVE if family in families.split() else LATER
    if case == "title":
        cost = Effect.NONE
    assert costs(Kind.DOMAIN, given, kept, family) == {cost}


DEVICES = {
    "a virtio disk": (disk("vda", "/a"), "qemu sim lxc"),
    "a SCSI disk": (disk("sda", "/a").replace("virtio", "scsi"), "qemu sim lxc"),
    "a USB disk": (disk("sda", "/a").replace("virtio", "usb"), "qemu sim lxc"),
    "a LUN": (disk("sda", "/a").replace("device='disk'", "device='lun'"), "qemu sim lxc"),
    "a SATA disk": (disk("sda", "/a").replace("virtio", "sata"), "lxc"),
    "a drive": (disk("sda", "/a").replace("device='disk'", "device='cdrom'"), "lxc"),
    "a paravirtual disk": (disk("xvda", "/a").replace("virtio", "xen"), "lxc xen"),
    "an interface": (nic("a", MAC), "qemu sim lxc xen"),
    "a host's device": (
        "<hostdev mode='subsystem' type='pci'><source><address bus='1'/></source></hostdev>",
        "qemu sim lxc xen",
    ),
    "a virtiofs share": (
        "<filesystem><driver type='virtiofs'/><source dir='/a'/><target dir='a'/></filesystem>", "qemu sim",
    ),
    "a 9p share": ("<filesystem><source dir='/a'/><target dir='a'/></filesystem>", ""),
    "random numbers": ("<rng model='virtio'><backend model='random'>r</backend></rng>", "qemu sim"),
    "a SCSI controller": ("<controller type='scsi' index='1'/>", "qemu sim"),
    "a SATA controller": ("<controller type='sata' index='1'/>", ""),
    "a virtio channel": ("<channel type='unix'><target type='virtio' name='a'/></channel>", "qemu sim"),
    "another channel": ("<channel type='unix'><target type='guestfwd' address='1' port='2'/></channel>", ""),
    "a USB tablet": ("<input type='tablet' bus='usb'/>", "qemu sim"),
    "a virtio tablet": ("<input type='tablet' bus='virtio'/>", "qemu sim"),
    "a PS/2 mouse": ("<input type='mouse' bus='ps2'/>", ""),
    "memory": ("<memory model='dimm'><target><size>1</size></target></memory>", "qemu sim"),
    "a lease": ("<lease><lockspace>a</lockspace><key>k</key><target path='/a'/></lease>", "qemu sim"),
    "a redirected device": ("<redirdev bus='usb' type='tcp'/>", "qemu sim"),
    "shared memory": ("<shmem name='s'/>", "qemu sim"),
    "a socket": ("<vsock model='virtio'/>", "qemu sim"),
    "a watchdog": ("<watchdog model='i6300esb'/>", "qemu sim"),
    "a sound card": ("<sound model='ich9'/>", ""),
}  # fmt: skip


@pytest.mark.parametrize("family", ["qemu", "sim", "lxc", "xen"])
@pytest.mark.parametrize("case", DEVICES)
def test_a_device_is_plugged_in_live_where_the_hypervisor_can(case: str, family: str) -> None:
    device, families = DEVICES[case]
    cost = LIVE if family in families.split() else LATER
    assert costs(Kind.DOMAIN, domain(devices=device), domain(), family) - {Effect.NONE} == {cost}


SECTIONS = {
    "host": (
        "<ip address='10.0.0.1'><dhcp>{}</dhcp></ip>",
        "<host mac='52:54:00:00:00:01' ip='10.0.0.5'/>",
        LIVE,
    ),
    "range": (
        "<ip address='10.0.0.1'><dhcp>{}</dhcp></ip>",
        "<range start='10.0.0.5' end='10.0.0.9'/>",
        LIVE,
    ),
    "interface": ("<forward mode='passthrough'>{}</forward>", "<interface dev='eth0'/>", LIVE),
    "port group": ("{}", "<portgroup name='a'/>", LIVE),
    "DNS host": ("<dns>{}</dns>", "<host ip='10.0.0.5'><hostname>a</hostname></host>", LIVE),
    "DNS text": ("<dns>{}</dns>", "<txt name='a' value='b'/>", LIVE),
    "DNS service": ("<dns>{}</dns>", "<srv service='a' protocol='tcp' target='t'/>", LIVE),
    "bridge": ("{}", "<bridge name='b'/>", LATER),
    "domain": ("{}", "<domain name='b'/>", LATER),
}


@pytest.mark.parametrize("case", SECTIONS)
def test_a_section_of_a_network_is_changed_live(case: str) -> None:
    place, entry, cost = SECTIONS[case]
    with_it, without = (f"<network><name>n</name>{place.format(text)}</network>" for text in (entry, ""))
    assert costs(Kind.NETWORK, with_it, without) == {cost}


@pytest.mark.parametrize(
    ("kind", "given", "kept", "cost"),
    [
        (Kind.VOLUME, "<capacity>1</capacity>", "<capacity>2</capacity>", LIVE),
        (Kind.VOLUME, "<target><format type='raw'/></target>", "<target><format type='qcow2'/></target>",
         Effect.REPLACE),
        (Kind.SECRET, "<description>a</description>", "<description>b</description>", Effect.NONE),
        (Kind.NETWORK_FILTER, "<rule action='drop'/>", "<rule action='accept'/>", LIVE),
    ],
)  # fmt: skip
def test_other_kinds(kind: Kind, given: str, kept: str, cost: Effect) -> None:
    root = {Kind.VOLUME: "volume", Kind.SECRET: "secret", Kind.NETWORK_FILTER: "filter"}[kind]
    documents = [f"<{root}><name>n</name>{inner}</{root}>" for inner in (given, kept)]
    assert costs(kind, documents[0], documents[1]) == {cost}
