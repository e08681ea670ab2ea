"""Running guests: what a start needs and adds, what can be changed live and what cannot."""

from __future__ import annotations

import pytest

from drivers.base.errors import NotFound, Refused, Unsupported
from drivers.base.tunables import (
    BlkioTune,
    CpuParameter,
    CpuPin,
    CpuTune,
    DiskTune,
    MemoryLimit,
    MemoryTune,
    Tunable,
)
from specs.desired import StopPolicy
from specs.identity import Kind
from tests.drivers.simulated.conftest import Lab

NETWORK = "<network><name>n</name><ip address='10.0.0.1' prefix='24'/></network>"
NIC = (
    "<interface type='network'><mac address='52:54:00:00:00:01'/>"
    "<source network='n'/><model type='virtio'/>{0}</interface>"
)
FILE = "<disk type='file'><source file='{0}'/><target dev='{1}' bus='{2}'/>{3}</disk>"
CD = "<disk type='file' device='cdrom'>{0}<target dev='sdz' bus='sata'/></disk>"


def test_a_start_adds_what_only_a_running_guest_has(lab: Lab) -> None:
    lab.define(Kind.NETWORK, "n", NETWORK)
    lab.driver.lifecycle.start(Kind.NETWORK, "n")
    before = lab.domain(
        devices=NIC.format("")
        + FILE.format("/a", "vda", "virtio", "")
        + "<serial type='pty'/><graphics type='vnc'/>"
        "<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>"
    )
    lab.driver.lifecycle.start(Kind.DOMAIN, "d")
    live = lab.live("d")
    assert live.get("id") == "1"
    assert live.find("devices/interface/target[@dev='vnet0']") is not None
    assert live.find("devices/interface/source[@bridge='virbr0']") is not None
    assert live.find("devices/disk/backingStore") is not None
    assert live.find("devices/graphics[@port='5900']") is not None
    assert live.find("devices/console[@tty='/dev/pts/0']") is not None
    assert live.find("devices/channel/source[@mode='bind']") is not None
    aliases = [alias.get("name") for alias in live.iterfind("devices/*/alias")]
    assert {"virtio-disk0", "net0", "serial0", "channel0", "balloon0", "video0", "pcie.0"} <= set(aliases)
    assert len(set(aliases)) == len(aliases) - 1  # serial and console are one
    assert before.find(".//alias") is None


def test_two_guests_never_share_a_display_port_or_a_tap(lab: Lab) -> None:
    devices = "<graphics type='vnc'/><interface type='bridge'><source bridge='br0'/></interface>"
    ports, taps = set(), set()
    for name in "abc":
        live = lab.running(name, devices)
        ports |= {graphics.get("port") for graphics in live.iterfind("devices/graphics")}
        taps |= {target.get("dev") for target in live.iterfind("devices/interface/target")}
    assert len(ports) == len(taps) == 3
    lab.driver.lifecycle.stop(Kind.DOMAIN, "a", StopPolicy())
    lab.driver.lifecycle.start(Kind.DOMAIN, "a")
    assert lab.live("a").find("devices/graphics[@port='5900']") is not None


@pytest.mark.parametrize(
    ("devices", "reason"),
    [
        (NIC.format(""), "no network"),
        ("<disk type='volume'><source pool='q' volume='v'/><target dev='vda'/></disk>", "no storage pool"),
        ("<disk type='volume'><source pool='p' volume='w'/><target dev='vda'/></disk>", "no storage vol"),
        (FILE.format("/srv/p/w", "vda", "virtio", ""), "No such file"),
        (FILE.format("/srv/p/v", "vda", "virtio", "") * 2, "duplicated"),
    ],
)
def test_a_guest_does_not_start_without_what_it_needs(lab: Lab, devices: str, reason: str) -> None:
    lab.pool()
    lab.volume("p/v")
    with pytest.raises(Refused, match=reason):
        lab.running(devices=devices)


@pytest.mark.parametrize("extra", ["", "<shareable/>"])
def test_a_writable_image_belongs_to_one_guest_unless_both_share_it(lab: Lab, extra: str) -> None:
    lab.pool()
    lab.volume("p/v")
    lab.running("a", FILE.format("/srv/p/v", "vda", "virtio", extra))
    other = f"<disk type='volume'><source pool='p' volume='v'/><target dev='vda'/>{extra}</disk>"
    if extra:
        lab.running("b", other)
        return
    with pytest.raises(Refused, match="lock"):
        lab.running("b", other)
    lab.driver.lifecycle.stop(Kind.DOMAIN, "a", StopPolicy())
    lab.driver.lifecycle.start(Kind.DOMAIN, "b")


@pytest.mark.parametrize(
    "device",
    [
        FILE.format("/x", "vdb", "virtio", ""),
        FILE.format("/x", "sdb", "scsi", ""),
        "<interface type='user'/>",
        "<rng model='virtio'><backend model='random'>/dev/random</backend></rng>",
        "<controller type='scsi' model='virtio-scsi'/>",
        "<channel type='unix'><target type='virtio' name='x'/></channel>",
        "<input type='tablet' bus='usb'/>",
        "<watchdog model='i6300esb' action='reset'/>",
        "<filesystem type='mount'><driver type='virtiofs'/><source dir='/a'/><target dir='t'/></filesystem>",
    ],
)
def test_what_qemu_can_plug_goes_in_and_out(lab: Lab, device: str) -> None:
    lab.running("d", "<controller type='virtio-serial'/>")
    lab.driver.live.attach("d", device)
    tag = device[1:].split(" ", 1)[0]
    added = lab.live("d").findall(f"devices/{tag}")[-1]
    assert added.find("alias") is not None
    lab.driver.live.detach("d", _text(added))
    with pytest.raises(NotFound):
        lab.driver.live.detach("d", _text(added))


@pytest.mark.parametrize(
    ("device", "error"),
    [
        ("<video/>", Unsupported),
        ("<sound model='ich9'/>", Unsupported),
        ("<graphics type='vnc'/>", Unsupported),
        ("<memballoon model='virtio'/>", Unsupported),
        ("<serial type='pty'/>", Unsupported),
        (FILE.format("/x", "sdb", "sata", ""), Refused),
        (CD.format(""), Refused),
        ("<input type='mouse' bus='ps2'/>", Refused),
        ("<channel type='unix'><target type='virtio' name='no controller'/></channel>", Refused),
        ("<controller type='usb'/>", Refused),
        ("<filesystem type='mount'><source dir='/a'/><target dir='t'/></filesystem>", Refused),
        (FILE.format("/x", "vda", "virtio", ""), Refused),
        (NIC.format(""), Refused),
        ("<disk", Refused),
    ],
)
def test_what_qemu_cannot_plug_is_refused_and_leaves_no_trace(
    lab: Lab, device: str, error: type[Exception]
) -> None:
    lab.running(devices=FILE.format("/a", "vda", "virtio", ""))
    before = lab.driver.observe.one(Kind.DOMAIN, "d")
    with pytest.raises(error):
        lab.driver.live.attach("d", device)
    assert lab.driver.observe.one(Kind.DOMAIN, "d") == before


def test_q35_runs_out_of_root_ports(lab: Lab) -> None:
    lab.running(machine="q35")
    lab.driver.live.attach("d", FILE.format("/x", "vda", "virtio", ""))
    with pytest.raises(Refused, match="No more available PCI slots"):
        lab.driver.live.attach("d", FILE.format("/y", "vdb", "virtio", ""))


def test_media_are_changed_and_ejected(lab: Lab) -> None:
    lab.running(devices=CD.format(""))
    lab.driver.live.update("d", CD.format("<source file='/a.iso'/>"))
    assert lab.live("d").find("devices/disk/source[@file='/a.iso']") is not None
    lab.driver.live.update("d", CD.format(""))
    assert lab.live("d").find("devices/disk/source") is None


def test_a_nic_changes_its_link_and_keeps_its_tap(lab: Lab) -> None:
    lab.define(Kind.NETWORK, "n", NETWORK)
    lab.driver.lifecycle.start(Kind.NETWORK, "n")
    before = lab.running(devices=NIC.format("")).find("devices/interface")
    assert before is not None
    lab.driver.live.update("d", NIC.format("<link state='down'/>"))
    after = lab.live("d").find("devices/interface")
    assert after is not None
    assert [child.tag for child in after] == ["mac", "source", "target", "model", "link", "alias", "address"]
    assert _text(after.find("target")) == _text(before.find("target"))
    assert _text(after.find("address")) == _text(before.find("address"))


@pytest.mark.parametrize(
    ("device", "error"),
    [
        (NIC.format("").replace("virtio", "e1000"), Unsupported),
        (NIC.format("").replace("00:01", "00:02"), NotFound),
        (NIC.format("").replace("network='n'", "network='m'"), Refused),
        (FILE.format("/b", "vda", "virtio", ""), Unsupported),
        (FILE.format("/a", "vda", "virtio", "<serial>1</serial>"), Unsupported),
        ("<rng model='virtio'/>", Unsupported),
    ],
)
def test_updates_that_need_a_restart_are_refused(lab: Lab, device: str, error: type[Exception]) -> None:
    lab.define(Kind.NETWORK, "n", NETWORK)
    lab.driver.lifecycle.start(Kind.NETWORK, "n")
    lab.running(devices=NIC.format("") + FILE.format("/a", "vda", "virtio", ""))
    before = lab.driver.observe.one(Kind.DOMAIN, "d")
    with pytest.raises(error):
        lab.driver.live.update("d", device)
    assert lab.driver.observe.one(Kind.DOMAIN, "d") == before


@pytest.mark.parametrize(
    ("wanted", "value", "where"),
    [
        (CpuTune(CpuParameter.SHARES, 7), "7", "cputune/shares"),
        (CpuTune(CpuParameter.EMULATOR_QUOTA, -1), "-1", "cputune/emulator_quota"),
        (MemoryTune(MemoryLimit.HARD, 99999), "99999", "memtune/hard_limit"),
        (BlkioTune(500), "500", "blkiotune/weight"),
        (DiskTune("vda", "total_iops_sec", 9), "9", "devices/disk/iotune/total_iops_sec"),
    ],
)
def test_tunables_land_where_the_document_has_them(lab: Lab, wanted: Tunable, value: str, where: str) -> None:
    lab.running(devices=FILE.format("/a", "vda", "virtio", ""))
    lab.driver.live.tune("d", wanted)
    assert lab.live("d").findtext(where) == value
    assert lab.document(Kind.DOMAIN, "d").find(where) is None


@pytest.mark.parametrize("wanted", [CpuPin(9, "0"), DiskTune("vdq", "total_iops_sec", 9)])
def test_what_the_guest_does_not_have_is_not_tuned(lab: Lab, wanted: Tunable) -> None:
    lab.running()
    with pytest.raises(Refused):
        lab.driver.live.tune("d", wanted)


def _text(element: object) -> str:
    from lxml import etree

    assert isinstance(element, etree._Element)
    return etree.tostring(element, encoding="unicode", with_tail=False)
