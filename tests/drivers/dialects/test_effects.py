"""Which change is made live, how, and on whose hypervisor: the whole table, seen from outside."""

from __future__ import annotations

from typing import get_args, get_type_hints

import pytest

from drivers.base import NetworkSection
from drivers.dialects import dialect
from drivers.dialects.effects import EFFECTS, Effects, Way
from reconciler.operations import AnyOperation
from specs.documents.tree import Node, to_node
from specs.effect import Effect
from specs.identity import Kind
from specs.xml import parse

FAMILIES = ("qemu", "sim", "lxc", "xen", "test", "bhyve", "esx")
QEMU, QEMU_LXC = {"qemu", "sim"}, {"qemu", "sim", "lxc"}
HOTPLUG = {*QEMU_LXC, "xen"}

SINGLE: dict[str, tuple[Way, set[str]]] = {
    "currentMemory": (Way.SET_MEMORY, HOTPLUG),
    "vcpu/@current": (Way.SET_VCPUS, {*QEMU, "xen"}),
    "title": (Way.SET_TEXT, {*HOTPLUG, "test"}),
    "description": (Way.SET_TEXT, {*HOTPLUG, "test"}),
    **{f"cputune/{name}": (Way.TUNE, QEMU_LXC) for name in ("shares", "period", "quota")},
    **{
        f"cputune/{of}_{name}": (Way.TUNE, QEMU)
        for of in ("emulator", "iothread", "global")
        for name in ("period", "quota")
    },
    **{f"cputune/vcpupin{end}": (Way.TUNE, QEMU) for end in ("", "/@cpuset")},
    **{f"cputune/emulatorpin{end}": (Way.TUNE, QEMU) for end in ("", "/@cpuset")},
    **{f"memtune/{name}_limit": (Way.TUNE, QEMU_LXC) for name in ("hard", "soft", "swap_hard")},
    "blkiotune/weight": (Way.TUNE, QEMU_LXC),
    "devices/disk/iotune/total_iops_sec": (Way.TUNE, QEMU),
}
NOT_SINGLE = (
    "memory", "vcpu", "vcpu/@cpuset", "cputune/other", "cputune/iothreadpin", "memtune/min_guarantee",
    "blkiotune/device", "os/type", "titles", "metadata", "devices/disk/iotune", "cputune/emulator_shares",
)  # fmt: skip


@pytest.mark.parametrize("family", FAMILIES)
def test_single_values(family: str) -> None:
    effects = Effects.of_family(family)
    assert {path: effects.single(path) for path in SINGLE} == {
        path: way if family in families else None for path, (way, families) in SINGLE.items()
    }
    assert {path: effects.single(path) for path in NOT_SINGLE} == dict.fromkeys(NOT_SINGLE)
    for path, (way, families) in SINGLE.items():
        text = Effect.NONE if way is Way.SET_TEXT else Effect.NEXT_BOOT
        live = text if way is Way.SET_TEXT else Effect.LIVE
        assert effects.effect(Kind.DOMAIN, path, None) is (live if family in families else text)


NOBODY: set[str] = set()
DEVICES: list[tuple[str, set[str]]] = [
    *((f"<disk device='{kind}'><target bus='{bus}'/></disk>", QEMU_LXC)
      for kind in ("disk", "lun") for bus in ("virtio", "scsi", "usb")),
    ("<disk><target dev='sda'/></disk>", QEMU_LXC),
    ("<disk><target dev='xvda'/></disk>", HOTPLUG),
    ("<disk><target dev='xvda' bus='xen'/></disk>", {"lxc", "xen"}),
    ("<disk device='cdrom'><target dev='xvda' bus='xen'/></disk>", {"lxc"}),
    *((f"<disk device='disk'><target bus='{bus}'/></disk>", {"lxc"}) for bus in ("ide", "sata", "fdc")),
    *((f"<disk device='{kind}'><target bus='virtio'/></disk>", {"lxc"}) for kind in ("cdrom", "floppy")),
    ("<interface/>", HOTPLUG),
    ("<hostdev/>", HOTPLUG),
    ("<filesystem><driver type='virtiofs'/></filesystem>", QEMU),
    ("<filesystem><driver type='path'/></filesystem>", NOBODY),
    ("<controller type='scsi'/>", QEMU),
    ("<controller type='usb'/>", NOBODY),
    ("<channel><target type='virtio'/></channel>", QEMU),
    ("<channel><target type='spicevmc'/></channel>", NOBODY),
    ("<input bus='usb'/>", QEMU),
    ("<input bus='virtio'/>", QEMU),
    ("<input bus='ps2'/>", NOBODY),
    *((f"<{tag}/>", QEMU) for tag in ("rng", "memory", "lease", "redirdev", "shmem", "vsock", "watchdog")),
    *((f"<{tag}/>", NOBODY) for tag in ("sound", "tpm", "video", "graphics", "serial", "memballoon", "iommu")),
]  # fmt: skip


def device(text: str) -> Node:
    return to_node(parse(text))


@pytest.mark.parametrize(("text", "families"), DEVICES)
def test_devices_that_are_plugged_in_and_out(text: str, families: set[str]) -> None:
    known = {family for family in FAMILIES if Effects.of_family(family).pluggable(device(text))}
    assert known == families


NIC = ("link/@state", "filterref/@filter", "bandwidth/inbound/@average", "vlan/tag/@id", "source/@network",
       "source/@bridge", "source/@portgroup")  # fmt: skip


@pytest.mark.parametrize("family", FAMILIES)
def test_parts_of_a_device_that_change_in_place(family: str) -> None:
    effects, can = Effects.of_family(family), family in QEMU
    nic, disk = device("<interface/>"), device("<disk device='disk'/>")
    for path in NIC:
        assert effects.updatable(f"devices/interface/{path}", nic) is can
    for path in ("model/@type", "source/@dev", "mac/@address"):
        assert not effects.updatable(f"devices/interface/{path}", nic)
    for kind in ("cdrom", "floppy"):
        for path in ("@type", "source/@file", "source"):
            assert effects.updatable(f"devices/disk/{path}", device(f"<disk device='{kind}'/>")) is can
            assert not effects.updatable(f"devices/disk/{path}", disk)
    assert not effects.updatable("devices/disk/target/@dev", device("<disk device='cdrom'/>"))


SECTIONS = {
    "ip/dhcp/host": NetworkSection.DHCP_HOST,
    "ip/dhcp/range": NetworkSection.DHCP_RANGE,
    "forward/interface": NetworkSection.FORWARD_INTERFACE,
    "portgroup": NetworkSection.PORTGROUP,
    "dns/host": NetworkSection.DNS_HOST,
    "dns/txt": NetworkSection.DNS_TXT,
    "dns/srv": NetworkSection.DNS_SRV,
}


@pytest.mark.parametrize("path", SECTIONS)
def test_a_networks_entry_is_known_by_its_section(path: str) -> None:
    effects = Effects.of_family("qemu")
    assert set(SECTIONS.values()) == set(NetworkSection)
    for inner in (path, f"{path}/@name"):
        row = effects.row(Kind.NETWORK, inner)
        assert row is not None
        assert (row.way, row.effect) == (Way.UPDATE_NETWORK, Effect.LIVE)
        assert effects.section(inner) == SECTIONS[path]
    for other in (f"{path}s", f"a/{path}"):
        assert effects.section(other) == ""
        assert effects.effect(Kind.NETWORK, other, None) is Effect.NEXT_BOOT


@pytest.mark.parametrize("kind", [Kind.DOMAIN, Kind.NETWORK, Kind.STORAGE_POOL])
@pytest.mark.parametrize("path", ["title", "description", "metadata", "metadata/x"])
def test_texts_cost_nothing_anywhere(kind: Kind, path: str) -> None:
    for family in FAMILIES:
        assert Effects.of_family(family).effect(kind, path, None) is Effect.NONE


@pytest.mark.parametrize("family", FAMILIES)
def test_what_is_in_force_at_once_or_made_anew(family: str) -> None:
    effects = Effects.of_family(family)
    assert effects.effect(Kind.VOLUME, "capacity", None) is Effect.LIVE
    assert effects.effect(Kind.VOLUME, "target/format", None) is Effect.REPLACE
    assert effects.effect(Kind.SECRET, "usage", None) is Effect.NONE
    live = Effect.LIVE if family in HOTPLUG else Effect.NONE
    assert effects.effect(Kind.NETWORK_FILTER, "rule/@action", None) is live


def test_ways_are_called_as_their_operations_are() -> None:
    """But for plugging, which is two of them."""
    called = {get_type_hints(each)["verb"].__args__[0] for each in get_args(AnyOperation)}
    assert {way.value for way in Way} - called == {"plug"}


def test_a_row_on_devices_is_about_nothing_else() -> None:
    rows = [row for row in EFFECTS if row.on is not None]
    assert rows
    assert not any(row.fits("devices/interface", None) for row in rows)
    assert all(row.on is not None for row in EFFECTS if row.way in (Way.PLUG, Way.UPDATE))


@pytest.mark.parametrize("family", FAMILIES)
def test_a_dialect_has_the_effects_of_its_family(family: str) -> None:
    assert dialect(family).effects == Effects.of_family(family)
    assert dialect(family).family == family


# whose business it is

HYPERVISORS = ("address", "alias", "seclabel", "backingStore", "mirror", "controller", "metadata", "audio",
               "nvram", "loader", "uuid", "mac", "genid", "firmware", "hub", "permissions")  # fmt: skip
FILTERED = (
    "mac",
    "vlan",
    "stp",
    "arp",
    "rarp",
    "ip",
    "ipv6",
    "tcp",
    "icmp",
    "igmp",
    "udp",
    "udplite",
    "esp",
    "ah",
    "sctp",
    "all",
    "tcp-ipv6",
    "icmpv6",
    "udp-ipv6",
    "udplite-ipv6",
    "esp-ipv6",
    "ah-ipv6",
    "sctp-ipv6",
    "all-ipv6",
)
ADDED_BY_SOMEBODY = (
    *(f"devices/{tag}" for tag in (
        "disk", "interface", "hostdev", "filesystem", "channel", "graphics", "sound", "tpm", "rng", "redirdev",
        "smartcard", "shmem", "memory", "iommu", "vsock", "lease", "parallel")),
    "ip", "ip/dhcp", "ip/dhcp/host", "ip/dhcp/range", "dns/host", "dns/txt", "dns/srv", "dns/forwarder",
    "portgroup", "route", "rule", "filterref", *(f"rule/{protocol}" for protocol in FILTERED),
)  # fmt: skip


@pytest.mark.parametrize("family", FAMILIES)
def test_whose_business_is_what_nobody_declares(family: str) -> None:
    """By every family: what libvirt adds by itself, and what it never adds."""
    owned = dialect(family).ownership
    for tag in HYPERVISORS:
        assert owned.is_hypervisors(f"devices/x/{tag}/@y")
        assert owned.is_hypervisors(tag)
    assert not owned.is_hypervisors("devices/disk/source/@file")
    assert owned.declarable == set(ADDED_BY_SOMEBODY)
    assert owned.complete == {
        "ip/dhcp/host", "ip/dhcp/range", "dns/txt", "dns/srv", "dns/forwarder", "route",
        *(f"rule/{protocol}" for protocol in FILTERED),
    }  # fmt: skip
    assert owned.groups == {"cputune", "memtune", "blkiotune", "devices/disk/iotune"}
    assert owned.built == ("target/permissions", "backingStore/permissions")
    assert owned.forgotten == (
        "target/encryption/", "target/compat", "target/features", "target/nocow", "backingStore/permissions",
    )  # fmt: skip


# what a start adds


@pytest.mark.parametrize(
    ("live", "quiet"),
    [
        ("<devices><x><alias name='x0'/></x></devices>", "<devices><x/></devices>"),
        ("<devices><x><alias name='ua-x0'/></x></devices>",) * 2,
        ("<devices><disk><backingStore/><mirror/><source><cookies/><a/></source></disk></devices>",
         "<devices><disk><source><a/></source></disk></devices>"),
        *((f"<devices><x>{said}</x></devices>",) * 2
          for said in ("<source><address/></source>", "<seclabel/>", "<backingStore/>", "<cookies/>")),
        ("<seclabel/><resource/><cookies/>",) * 2,
        ("<metadata/><genid>1</genid>", ""),
        ("<clock offset='variable' adjustment='7'/>", "<clock offset='variable'/>"),
        ("<clock offset='utc' adjustment='reset'/>",) * 2,
        ("<memory>1025</memory><currentMemory>1024</currentMemory>",
         "<memory>2048</memory><currentMemory>1024</currentMemory>"),
        ("<memory>0</memory><currentMemory>1</currentMemory>",
         "<memory>0</memory><currentMemory>1024</currentMemory>"),
        ("<memory>lots</memory>",) * 2,
        ("<cpu check='full' migratable='on' mode='custom'/>", "<cpu mode='custom'/>"),
    ],
)  # fmt: skip
def test_what_a_start_adds_is_no_difference(live: str, quiet: str) -> None:
    root = dialect("qemu").quiet(Kind.DOMAIN, to_node(parse(f"<domain>{live}</domain>")))
    assert root.same(to_node(parse(f"<domain>{quiet}</domain>")))


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.DOMAIN])
def test_a_start_of_others_adds_nothing(kind: Kind) -> None:
    given = "<x><a><alias/><address/></a><metadata/><memory>1</memory></x>"
    assert dialect("qemu").quiet(kind, to_node(parse(given))).same(to_node(parse(given)))


INNER = "<topology cores='2'/><numa><cell/></numa>"


@pytest.mark.parametrize(
    ("wanted", "actual", "alike"),
    [
        (f"<cpu mode='host-model'><model>a</model>{INNER}</cpu>", f"<cpu mode='custom'><model>b</model>{INNER}</cpu>", True),
        ("<cpu mode='host-passthrough'/>", "<cpu mode='host-passthrough' check='x'>text</cpu>", True),
        ("<cpu mode='host-model'><topology cores='2'/></cpu>", "<cpu><topology cores='4'/></cpu>", False),
        ("<cpu mode='custom'><model>a</model></cpu>", "<cpu mode='custom'><model>b</model></cpu>", False),
        ("<cpu><model>a</model></cpu>", "<cpu><model>b</model></cpu>", False),
        ("", "<cpu><model>b</model></cpu>", False),
    ],
)  # fmt: skip
def test_a_processor_that_follows_the_host_is_compared_by_its_topology(
    wanted: str, actual: str, alike: bool
) -> None:
    trees = [to_node(parse(f"<domain>{text}</domain>")) for text in (wanted, actual)]
    dialect("qemu").running.alike(*trees)
    assert trees[0].same(trees[1]) is alike


def test_what_a_start_never_adds_was_taken_away() -> None:
    kept = {"title", "description", "seclabel"}
    kept |= {"devices/disk/source", "devices/interface/filterref", "devices/watchdog"}
    assert dialect("qemu").running.kept == kept
