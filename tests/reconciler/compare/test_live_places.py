"""What a start chooses at one place, somebody declares at another of the same name."""

from __future__ import annotations

import pytest

from reconciler.compare import compare_live
from reconciler.compare.model import Effect
from specs.identity import Kind
from tests.reconciler.compare.support import QEMU, disk, domain, live, nic

NAT = (
    "<network><name>n</name><forward mode='nat'><nat><address start='10.0.1.1' end='10.0.1.{}'/></nat>"
    "</forward><ip address='10.0.0.1' prefix='24'/></network>"
)
STATIC = "<seclabel type='static' model='dac' relabel='no'><label>{}</label></seclabel>"
ROM = "<disk type='file' device='cdrom'><driver name='qemu'{}/>{}<target dev='sda' bus='sata'/></disk>"


def passed_through(*buses: int) -> str:
    return "".join(
        f"<hostdev mode='subsystem' type='pci' managed='yes'><source><address domain='0' bus='{bus}' slot='0'"
        f" function='0'/></source>{AT.format(bus)}</hostdev>"
        for bus in buses
    )


AT = "<address type='pci' domain='0' bus='0' slot='{}' function='0'/>"


def test_the_host_device_that_is_declared_no_more_leaves() -> None:
    (change,) = live(domain(devices=passed_through(6)), domain(devices=passed_through(5, 6))).changes
    assert change.operation.verb == "detach"
    assert 'bus="5"' in change.operation.document


def test_a_usb_device_known_by_its_maker_may_be_plugged_in_anywhere() -> None:
    usb = (
        "<hostdev mode='subsystem' type='usb'><source><vendor id='0x1d6b'/><product id='0x0002'/>{}"
        "</source></hostdev>"
    )
    found = live(domain(devices=usb.format("")), domain(devices=usb.format("<address bus='1' device='3'/>")))
    assert (found.changes, found.pending) == ((), ())


def test_a_range_of_nat_waits() -> None:
    found = live(NAT.format(5), NAT.format(9), Kind.NETWORK)
    assert found.changes == ()
    assert [d.path for d in found.pending] == ["forward/nat/address/@end"]


@pytest.mark.parametrize(
    ("wanted", "running"),
    [
        (STATIC.format("+1:+1"), STATIC.format("+2:+2")),
        (STATIC.format("+1:+1"), "<seclabel type='dynamic' model='dac' relabel='yes'/>"),
        ("<seclabel type='none' model='dac'/>", "<seclabel type='dynamic' model='dac' relabel='yes'/>"),
        ("", STATIC.format("+2:+2")),
    ],
)
def test_a_declared_label_waits(wanted: str, running: str) -> None:
    found = live(domain(wanted), domain(running))
    assert found.changes == ()
    assert {d.path.partition("/")[0] for d in found.pending} == {"seclabel[dac]"}


@pytest.mark.parametrize(
    "running",
    [
        "<seclabel type='none' model='none'/>",
        "<seclabel type='dynamic' model='dac'><label>+0:+0</label></seclabel>",
    ],
)
def test_a_label_that_nobody_declared_is_the_starts_own(running: str) -> None:
    assert live(domain(), domain(running)).pending == ()


def test_a_label_of_a_source_waits() -> None:
    labelled = disk("vda", "/a").replace("'/a'/>", "'/a'><seclabel model='dac' relabel='no'/></source>")
    found = live(domain(devices=labelled), domain(devices=disk("vda", "/a")))
    assert [d.path for d in found.pending] == ["devices/disk[vda]/source/seclabel"]


def test_where_a_device_is_plugged_in_counts_where_it_is_declared() -> None:
    def at(slot: int) -> str:
        return domain(devices=disk("vda", "/a", AT.format(slot)) + nic("lan", "52:54:00:00:00:01"))

    assert live(at(4), at(5)).pending == ()
    undeclared = domain(devices=disk("vda", "/a"))
    assert compare_live(Kind.DOMAIN, at(4), at(5), QEMU, undeclared).pending == ()
    (waits,) = compare_live(Kind.DOMAIN, at(4), at(5), QEMU, at(4)).pending
    assert (waits.path, waits.effect) == ("devices/disk[vda]/address/@slot", Effect.NEXT_BOOT)


def test_an_alias_of_the_users_own_waits_and_one_of_a_start_is_none() -> None:
    def named(name: str) -> str:
        return domain(devices=disk("vda", "/a", f"<alias name='{name}'/>"))

    assert live(named("virtio-disk0"), named("virtio-disk7")).pending == ()
    assert [d.path for d in live(named("ua-a"), named("ua-b")).pending] == ["devices/disk[vda]/alias/@name"]


def test_firmware_that_is_named_waits_and_found_firmware_is_the_starts_own() -> None:
    def loaded(os: str, loader: str) -> str:
        return domain().replace("<os>", f"<os{os}>").replace("</os>", f"<loader>{loader}</loader></os>")

    assert [d.path for d in live(loaded("", "/a"), loaded("", "/b")).pending] == ["os/loader"]
    found = live(domain().replace("<os>", "<os firmware='efi'>"), loaded(" firmware='efi'", "/b"))
    assert found.pending == ()


MEDIUM, RAW, QCOW2 = "<source file='/a'/>", " type='raw'", " type='qcow2'"


@pytest.mark.parametrize(
    ("wanted", "running", "path"),
    [
        (ROM.format(RAW, MEDIUM), ROM.format("", ""), "devices/disk[sda]/source"),
        (ROM.format(RAW, ""), ROM.format(QCOW2, MEDIUM), "devices/disk[sda]/source"),
        (ROM.format(RAW, MEDIUM), ROM.format(QCOW2, MEDIUM), "devices/disk[sda]/driver/@type"),
    ],
    ids=["inserted", "ejected", "another format"],
)
def test_the_format_of_a_medium_comes_and_goes_with_it(wanted: str, running: str, path: str) -> None:
    found = live(domain(devices=wanted), domain(devices=running))
    assert found.pending == ()
    assert [(c.operation.verb, c.difference.path) for c in found.changes] == [("update", path)]


def test_an_empty_drive_has_no_format() -> None:
    found = live(domain(devices=ROM.format(" type='raw'", "")), domain(devices=ROM.format("", "")))
    assert (found.changes, found.pending) == ((), ())
