"""Xen's configuration files as documents. tests/pairs reads libvirt's own, against its reading of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from drivers.xen import NotXenConfiguration, read_xl, read_xm, unread
from drivers.xen.disks import XenDisk, xl_disk, xm_disk
from drivers.xen.syntax import settings_in
from specs.xml import parse

WEB = r"""
# a web server
name = "web"; uuid = "5d3a2c9e-3b0e-4f0b-9a52-1f6f2f0f3c55"
type = 'pvh'
memory = 512
maxmem = 1024
vcpus = 2
maxvcpus = 4
kernel = "/boot/vmlinuz"
ramdisk = "/boot/initrd"
root = "/dev/xvda1 ro"
extra = "quiet"
disk = [ 'phy:/dev/vg/web,xvda,w',
         "format=qcow2, vdev=xvdb, access=ro, target=/srv/a,b.qcow2", ]
vif = [ 'mac=00:16:3e:01:02:03, bridge=xenbr0, vifname=web0, rate=10MB/s@50ms' ]
vfb = [ 'type=vnc,vnclisten=0.0.0.0,vncdisplay=7,vncpasswd=secret' ]
localtime = 1
cpus = "2-3"
oos = 1
"""

SHOP = """
builder = "hvm"
name = "shop"
memory = 1024
bios = "ovmf"
boot = "dcn"
acpi = 0
viridian = 1
rtc_timeoffset = -3600
tsc_mode = "native"
hpet = 0
cpuid = "host,tm=0,sse3=1"
vnuma = [ [ "pnode=0", "size=512", "vcpus=0", "vdistances=10,20" ],
          [ "pnode=1", "size=512", "vcpus=1", "vdistances=20,10" ] ]
disk = [ '/srv/shop.img,raw,hda,rw', ',,hdc:cdrom,r' ]
vif = [ 'bridge=ovs0:4:5,script=vif-openvswitch,model=e1000', 'type=vif,ip=10.0.0.2 2001::1' ]
serial = [ "pty", "none", "tcp:127.0.0.1:77,server,nowait" ]
usbdevice = [ 'tablet' ]
soundhw = "all"
spice = 1
spiceport = 6000
spicehost = "127.0.0.1"
spiceagent_mouse = 1
pci = [ '01:1a.1', '0000:02:00.0,permissive=1' ]
usbdev = [ 'hostbus=1,hostaddr=3' ]
usbctrl = [ 'version=1,ports=4' ]
channel = [ 'connection=socket,path=/run/c,name=org.example' ]
max_grant_frames = 64
device_model_args = [ "-debugcon", "null" ]
"""


def at(root: etree._Element, path: str) -> list[dict[str, str]]:
    return [{str(k): str(v) for k, v in node.attrib.items()} for node in root.findall(path)]


def test_a_paravirtualised_guest() -> None:
    root = parse(read_xl(WEB))
    assert [root.findtext(tag) for tag in ("name", "memory", "currentMemory", "vcpu", "os/type")] == [
        "web", "1024", "512", "4", "xenpvh",
    ]  # fmt: skip
    assert at(root, "vcpu") == [{"current": "2", "cpuset": "2-3"}]
    assert root.findtext("os/cmdline") == "root=/dev/xvda1 ro quiet"
    assert at(root, "clock") == [{"offset": "localtime"}]
    assert [root.findtext(tag) for tag in ("on_poweroff", "on_reboot", "on_crash")] == [
        "destroy", "restart", "destroy",
    ]  # fmt: skip
    assert at(root, "devices/disk/source") == [{"file": "/dev/vg/web"}, {"file": "/srv/a,b.qcow2"}]
    assert at(root, "devices/disk/driver") == [
        {"name": "qemu", "type": "raw"}, {"name": "qemu", "type": "qcow2"},
    ]  # fmt: skip
    assert at(root, "devices/disk/target")[1] == {"dev": "xvdb", "bus": "xen"}
    assert len(root.findall("devices/disk/readonly")) == 1
    assert at(root, "devices/interface/bandwidth/outbound") == [{"average": "10240"}]
    assert at(root, "devices/graphics") == [
        {"type": "vnc", "port": "5907", "autoport": "no", "listen": "0.0.0.0"}
    ]
    assert at(root, "devices/console/target") == [{"type": "xen", "port": "0"}]
    assert unread(WEB) == ("oos",)
    assert "secret" not in read_xl(WEB)


def test_a_guest_with_emulated_hardware() -> None:
    root = parse(read_xl(SHOP))
    assert [each["dev"] for each in at(root, "os/boot")] == ["cdrom", "hd", "network"]
    assert at(root, "os/loader") == [{"readonly": "yes", "type": "pflash"}]
    assert [child.tag for child in root.findall("features/*")] == ["pae", "apic", "viridian"]
    assert at(root, "clock") == [{"offset": "variable", "adjustment": "-3600", "basis": "utc"}]
    assert at(root, "clock/timer") == [
        {"name": "tsc", "present": "yes", "mode": "native"}, {"name": "hpet", "present": "no"},
    ]  # fmt: skip
    assert [each["name"] for each in at(root, "cpu/feature")] == ["tm", "pni"]
    assert at(root, "cpu/numa/cell")[1] == {"id": "1", "cpus": "1", "unit": "MiB", "memory": "512"}
    assert [each["value"] for each in at(root, "cpu/numa/cell/distances/sibling")] == ["10", "20", "20", "10"]
    assert at(root, "devices/disk") == [
        {"type": "file", "device": "disk"},
        {"type": "file", "device": "cdrom"},
    ]
    assert at(root, "devices/interface/vlan/tag") == [{"id": "4"}, {"id": "5"}]
    assert at(root, "devices/interface/model") == [{"type": "e1000"}, {"type": "netfront"}]
    assert [each["family"] for each in at(root, "devices/interface/ip")] == ["ipv4", "ipv6"]
    assert at(root, "devices/serial/target") == [{"port": "0"}, {"port": "2"}]
    assert at(root, "devices/serial/source") == [{"mode": "bind", "host": "127.0.0.1", "service": "77"}]
    assert [each["model"] for each in at(root, "devices/sound")] == ["sb16", "es1370"]
    assert at(root, "devices/graphics/mouse") == [{"mode": "client"}]
    assert at(root, "devices/hostdev/source/address")[0]["slot"] == "0x1a"
    assert at(root, "devices/hostdev/source")[1] == {"writeFiltering": "no"}
    assert at(root, "devices/controller")[-1] == {"type": "usb", "model": "qusb1", "ports": "4"}
    assert at(root, "devices/channel/target") == [{"type": "xen", "name": "org.example"}]
    assert unread(SHOP) == ()


DISKS = {
    "/dev/vg/a,raw,xvda,w": XenDisk("/dev/vg/a", "xvda", "qemu", "raw", False, False),
    "/dev/vg/a,,xvda,,backendtype=phy": XenDisk("/dev/vg/a", "xvda", "phy", "raw", False, False),
    "qcow2:/srv/a,hda,r": XenDisk("/srv/a", "hda", "qemu", "qcow2", False, True),
    "tap:qcow2:/srv/a,vdev=hda": XenDisk("/srv/a", "hda", "qemu", "qcow2", False, False),
    "vdev=hdc,devtype=cdrom": XenDisk("", "hdc", "qemu", "", True, True),
    "format=qed,vdev=xvda,access=ro,target=a,b=c": XenDisk("a,b=c", "xvda", "qemu", "qed", False, True),
}


@pytest.mark.parametrize("text", DISKS)
def test_disks_of_xl(text: str) -> None:
    assert xl_disk(text) == DISKS[text]


@pytest.mark.parametrize(
    ("text", "disk"),
    [
        ("phy:/dev/vg/a,xvda,w", XenDisk("/dev/vg/a", "xvda", "phy", "raw", False, False)),
        ("tap:aio:/srv/a,xvda,w!", XenDisk("/srv/a", "xvda", "tap", "raw", False, False, True)),
        ("tap2:qcow2:/srv/a,xvda,r", XenDisk("/srv/a", "xvda", "tap2", "qcow2", False, True)),
        (",ioemu:hdc:cdrom,r", XenDisk("", "hdc", "phy", "raw", True, True)),
        ("file:/srv/a,b,hda,w", XenDisk("/srv/a,b", "hda", "file", "raw", False, False)),
    ],
)
def test_disks_of_xm(text: str, disk: XenDisk) -> None:
    assert xm_disk(text) == disk


def test_what_xm_called_a_kernel_is_the_firmware() -> None:
    text = "builder='hvm'\nname='a'\nkernel='/usr/lib/xen/boot/hvmloader'\n"
    assert parse(read_xm(text)).findtext("os/loader") == "/usr/lib/xen/boot/hvmloader"
    assert parse(read_xm(text)).findtext("on_crash") == "restart"
    assert parse(read_xl(text)).findtext("os/kernel") == "/usr/lib/xen/boot/hvmloader"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "no name"),
        ("name", "line 1: '=' is missing"),
        ("name = 'a'\nmemory = 'much'", "memory is a number"),
        ("name = 'a'\n\nvif = [ 'a' 'b' ]", "line 3: ',' or ']'"),
        ("name = 'a'\nvif = [ 'a'", "a list does not end"),
        ("name = 'a'\n= 5", "line 2: a setting begins with a name"),
        ("name = 'a' memory = 5", "after the value of name"),
        ("name = 'a'\nhap = 'perhaps'\ntype = 'hvm'", "hap is 0 or 1"),
        ("name = 'a'\ntype = 'vm'", "known: pv, pvh, hvm"),
        ("name = 'a'\ndisk = [ '/srv/a' ]", "no vdev"),
        ("name = 'a'\ndisk = [ '/srv/a,raw,xvda,w,backendtype=nbd' ]", "backendtype"),
        ("name = 'a'\npci = [ 'here' ]", "a PCI device"),
        ("name = 'a'\ntype = 'hvm'\nserial = 'radio'", "a serial port"),
        ("name = 'a'\nvif = [ 'rate=fast' ]", "a rate"),
        ("name = 'a'\ncpuid = '0x1:eax=1'", "begins with 'host'"),
        ("name = \x00", "unexpected"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text: str, told: str) -> None:
    with pytest.raises(NotXenConfiguration, match=told.replace("[", r"\[")):
        read_xl(text)


def test_settings_are_added_to() -> None:
    text = """
a = 'x'
a += 'y'
b = ['x']
b += ['y',]
c = \"\"\"x'y\"\"\"
"""
    assert settings_in(text) == {"a": "xy", "b": ["x", "y"], "c": "x'y"}
    assert settings_in('d = "x\\\\\\"y"') == {"d": 'x\\"y'}


@given(st.text(alphabet="ab='\"[],;#\n\\ 1+", max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        read_xl(f"name = 'a'\n{text}")
    except NotXenConfiguration:
        return
