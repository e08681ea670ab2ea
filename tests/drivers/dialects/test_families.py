"""Which dialect a host speaks, and what the families have of their own."""

from __future__ import annotations

import pytest

from drivers.base import Capabilities
from drivers.dialects import Dialect, dialect, dialect_of
from drivers.dialects.effects import EFFECTS, ONE_DOCUMENT, Effects, Way
from specs.documents.tree import Node, to_node
from specs.effect import Effect
from specs.identity import Kind
from specs.xml import parse

_CELLS = "<cell cpus='0' memory='1'/><cell cpus='1' memory='1'/>"
_NUMA = f"<domain><vcpu>4</vcpu><cpu><numa>{_CELLS}</numa></cpu></domain>"
_CLOCK = "<domain><clock offset='utc' adjustment='reset'/></domain>"
_DISK = "<disk device='disk'><target dev='{}' bus='{}'/></disk>"


def _capabilities(family: str) -> Capabilities:
    return Capabilities(family, "1", (), (), "aarch64", {"aarch64/virt": "virt-7.2"})


def _normal(family: str, document: str) -> Node:
    return dialect(family).normalise(Kind.DOMAIN, to_node(parse(document)))


def _device(text: str) -> Node:
    return to_node(parse(text))


def test_a_dialect_is_that_of_the_host_with_the_machines_of_its_version() -> None:
    found = dialect_of(_capabilities("lxc"))
    assert found.family == "lxc"
    assert found.platform.arch == "aarch64"
    root = found.normalise(
        Kind.DOMAIN, to_node(parse("<domain><os><type machine='virt'>hvm</type></os></domain>"))
    )
    assert [os.first("type").attrs["machine"] for os in root.all("os")] == ["virt-7.2"]  # type: ignore[union-attr]


def test_a_host_of_which_nothing_is_known_speaks_the_usual_one() -> None:
    assert dialect_of(None) == dialect("qemu")


@pytest.mark.parametrize(
    ("version", "release"),
    [("libvirt 9.0.0, QEMU 7.2.22", (9, 0, 0)), ("libvirt 11.10.1, LXC", (11, 10, 1)), ("sim 1", None)],
)
def test_a_dialect_knows_the_release_of_libvirt(version: str, release: tuple[int, int, int] | None) -> None:
    found = dialect_of(Capabilities("qemu", version, (), (), "x86_64"))
    assert found.platform.libvirt == release


def test_an_unknown_family_has_what_all_share() -> None:
    found = dialect("bochs")
    assert isinstance(found, Dialect)
    assert found.effects.pluggable(_device(_DISK.format("vda", "virtio"))) is False
    assert found.rules == dialect("bhyve").rules


def test_only_qemu_fills_the_first_cell() -> None:
    def first(family: str) -> str:
        root = _normal(family, _NUMA)
        return root.all("cpu")[0].all("numa")[0].all("cell")[0].attrs["cpus"]

    assert first("qemu") == first("sim") == "0,2-3"
    assert first("xen") == first("lxc") == "0"


def test_only_xen_has_clocks_that_are_always_set_anew() -> None:
    assert _normal("xen", _CLOCK).all("clock")[0].attrs == {"offset": "utc"}
    assert _normal("qemu", _CLOCK).all("clock")[0].attrs["adjustment"] == "reset"


@pytest.mark.parametrize(
    ("family", "prefix"),
    [
        ("qemu", "52:54:00"),
        ("sim", "52:54:00"),
        ("lxc", "52:54:00"),
        ("xen", "00:16:3e"),
        ("esx", "00:0c:29"),
        ("vmware", "00:0c:29"),
        ("vbox", "08:00:27"),
    ],
)
def test_macs_begin_as_the_hypervisors_own_do(family: str, prefix: str) -> None:
    assert dialect(family).defaults.mac_prefix == prefix


@pytest.mark.parametrize("family", ["qemu", "lxc", "xen", "test", "bhyve"])
def test_a_domain_holds_the_mark_where_its_hypervisor_keeps_metadata(family: str) -> None:
    assert dialect(family).marked == {Kind.DOMAIN}
    for other in ("esx", "vmware", "hyper-v", "vz", "openvz"):
        assert dialect(other, libvirt=(11, 3, 0)).marked == frozenset()


@pytest.mark.parametrize(
    ("release", "held"), [(None, False), ((7, 0, 0), False), ((9, 6, 0), False), ((9, 7, 0), True)]
)
def test_a_network_holds_it_since_libvirt_has_metadata_of_networks(
    release: tuple[int, int, int] | None, held: bool
) -> None:
    for family in ("qemu", "lxc", "xen"):
        assert (Kind.NETWORK in dialect(family, libvirt=release).marked) is held
    assert dialect("sim").marked == {Kind.DOMAIN, Kind.NETWORK}


@pytest.mark.parametrize(
    ("family", "bus", "plugs"),
    [
        ("qemu", "virtio", True),
        ("qemu", "sata", False),
        ("xen", "sata", False),
        ("xen", "xen", True),
        ("lxc", "sata", True),
        ("test", "virtio", False),
    ],
)
def test_a_disk_is_plugged_where_its_hypervisor_can(family: str, bus: str, plugs: bool) -> None:
    effects, disk = Effects.of_family(family), _device(_DISK.format("sda", bus))
    assert effects.pluggable(disk) is plugs
    assert effects.effect(Kind.DOMAIN, "devices/disk", disk) is (Effect.LIVE if plugs else Effect.NEXT_BOOT)


@pytest.mark.parametrize(
    ("kind", "path", "family", "effect"),
    [
        (Kind.DOMAIN, "currentMemory", "lxc", Effect.LIVE),
        (Kind.DOMAIN, "currentMemory", "test", Effect.NEXT_BOOT),
        (Kind.DOMAIN, "vcpu/@current", "lxc", Effect.NEXT_BOOT),
        (Kind.DOMAIN, "title", "qemu", Effect.NONE),
        (Kind.DOMAIN, "title", "esx", Effect.NONE),
        (Kind.DOMAIN, "memory", "qemu", Effect.NEXT_BOOT),
        (Kind.NETWORK, "ip/dhcp/host/@ip", "qemu", Effect.LIVE),
        (Kind.NETWORK, "ip/@address", "qemu", Effect.NEXT_BOOT),
        (Kind.NETWORK, "metadata", "qemu", Effect.NONE),
        (Kind.STORAGE_POOL, "target/path", "qemu", Effect.NEXT_BOOT),
        (Kind.VOLUME, "capacity", "qemu", Effect.LIVE),
        (Kind.VOLUME, "capacity/@unit", "qemu", Effect.REPLACE),
        (Kind.SECRET, "usage/name", "qemu", Effect.NONE),
        (Kind.NETWORK_FILTER, "rule", "qemu", Effect.LIVE),
        (Kind.NETWORK_FILTER, "rule", "test", Effect.NONE),
    ],
)
def test_what_a_change_costs(kind: Kind, path: str, family: str, effect: Effect) -> None:
    assert Effects.of_family(family).effect(kind, path, None) is effect


def test_only_media_that_can_be_taken_out_are_changed_in_place() -> None:
    effects = Effects.of_family("qemu")
    assert effects.updatable("devices/disk/source/@file", _device("<disk device='cdrom'/>"))
    assert not effects.updatable("devices/disk/source/@file", _device("<disk device='disk'/>"))


def test_every_live_row_says_how() -> None:
    """What is defined anew while it runs needs no way of its own."""
    assert all(
        row.way is not None or (row.families and row.families <= ONE_DOCUMENT)
        for row in EFFECTS
        if row.effect is Effect.LIVE and row.kind is Kind.DOMAIN
    )
    assert {row.way for row in EFFECTS} - {None} == set(Way)
