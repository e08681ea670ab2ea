"""Each kind of file becomes the document that it describes, and what has no place there is named."""

from __future__ import annotations

from pathlib import PurePath

import pytest

from reconciler.inputs.foreign.bhyve import read_bhyve
from reconciler.inputs.foreign.drivers import read_vbox_file, read_vmx_file, read_xl_file
from reconciler.inputs.foreign.kinds import kind_of
from reconciler.inputs.foreign.lxcconf import read_lxc
from reconciler.inputs.foreign.ovf import read_ovf
from reconciler.inputs.foreign.read import Read, Unreadable
from specs.xml import Element, parse

LXC = """\
# a container
lxc.uts.name = web
lxc.rootfs.path = dir:/var/lib/lxc/web/rootfs
lxc.rootfs.options = ro
lxc.arch = x86_64
lxc.init.cmd = /sbin/run --fast
lxc.idmap = u 0 100000 65536
lxc.idmap = g 0 100000 65536
lxc.cap.drop = sys_module mknod
lxc.cgroup2.memory.max = 512M
lxc.cgroup.cpuset.cpus = 0-1
lxc.cgroup.cpu.shares = 512
lxc.mount.entry = proc proc proc nodev 0 0
lxc.mount.entry = /srv/data data none bind,ro 0 0
lxc.mount.entry = overlay merged overlay defaults 0 0
lxc.net.0.type = veth
lxc.net.0.link = br0
lxc.net.0.hwaddr = 00:16:3e:00:00:01
lxc.net.0.flags = up
lxc.net.0.ipv4.address = 10.0.0.5/24
lxc.net.0.mtu = 1400
lxc.net.1.type = macvlan
lxc.net.1.link = eth0
lxc.net.1.macvlan.mode = bridge
lxc.apparmor.profile = unconfined
lxc.autodev = 1
"""
BHYVE = r"""
bhyveload -m 1G -d /dev/zvol/tank/web web
bhyve -c cpus=4,sockets=2,cores=2 -m 1G -A -H -P -u -S -U 5b3dc7d6-6d10-4d3c-8f4a-4f0b8f1f7a01 \
  -s 0:0,hostbridge -s 1,lpc -s 2:0,virtio-blk,/dev/zvol/tank/web -s 3,ahci-cd,/srv/a.iso \
  -s 4,virtio-net,tap0,mac=58:9c:fc:00:00:01 -s 5,fbuf,tcp=127.0.0.1:5904,w=800,h=600,password=hunter2 \
  -s 6,passthru,1/0/0 -s 7,xhci,tablet -l com1,/dev/nmdm0A -l bootrom,/usr/local/share/uefi.fd web
"""
OVF = """<?xml version="1.0"?>
<Envelope xmlns="http://schemas.dmtf.org/ovf/envelope/1" xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1"
 xmlns:rasd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData">
 <References><File ovf:id="f1" ovf:href="../../web-disk1.vmdk"/></References>
 <DiskSection><Info/><Disk ovf:diskId="d1" ovf:fileRef="f1" ovf:capacity="8"
  ovf:format="http://www.vmware.com/interfaces/specifications/vmdk.html#streamOptimized"/></DiskSection>
 <NetworkSection><Info/><Network ovf:name="lan"/></NetworkSection>
 <VirtualSystem ovf:id="web"><Info/><Name>web</Name>
  <AnnotationSection><Info/><Annotation>The shop</Annotation></AnnotationSection>
  <ProductSection><Info/><Product>Shop</Product></ProductSection>
  <VirtualHardwareSection><Info/>
   <Item><rasd:InstanceID>1</rasd:InstanceID><rasd:ResourceType>3</rasd:ResourceType>
    <rasd:VirtualQuantity>2</rasd:VirtualQuantity></Item>
   <Item><rasd:AllocationUnits>byte * 2^20</rasd:AllocationUnits><rasd:InstanceID>2</rasd:InstanceID>
    <rasd:ResourceType>4</rasd:ResourceType><rasd:VirtualQuantity>2048</rasd:VirtualQuantity></Item>
   <Item><rasd:InstanceID>3</rasd:InstanceID><rasd:ResourceSubType>VirtualSCSI</rasd:ResourceSubType>
    <rasd:ResourceType>6</rasd:ResourceType></Item>
   <Item><rasd:HostResource>ovf:/disk/d1</rasd:HostResource><rasd:InstanceID>4</rasd:InstanceID>
    <rasd:Parent>3</rasd:Parent><rasd:ResourceType>17</rasd:ResourceType></Item>
   <Item><rasd:Connection>lan</rasd:Connection><rasd:InstanceID>5</rasd:InstanceID>
    <rasd:ResourceSubType>VmxNet3</rasd:ResourceSubType><rasd:ResourceType>10</rasd:ResourceType></Item>
   <Item><rasd:ElementName>card</rasd:ElementName><rasd:InstanceID>6</rasd:InstanceID>
    <rasd:ResourceType>1</rasd:ResourceType></Item>
  </VirtualHardwareSection></VirtualSystem></Envelope>
"""
VMX = """\
.encoding = "UTF-8"
config.version = "8"
virtualHW.version = "19"
displayName = "web"
memsize = "1024"
guestOS = "debian11-64"
isolation.tools.copy.disable = "TRUE"
pciBridge0.present = "TRUE"
"""
XL = """\
name = "web"
type = "pvh"
memory = 512
vcpus = 2
kernel = "/boot/vmlinuz"
disk = [ '/srv/web.img,raw,xvda,rw' ]
vif = [ 'mac=00:16:3e:00:00:01,bridge=xenbr0' ]
vscsi = [ '/dev/sda,0:0:0:0' ]
"""
VBOX = """<?xml version="1.0"?>
<VirtualBox xmlns="http://www.virtualbox.org/" version="1.19-linux">
  <Machine uuid="{5b3dc7d6-6d10-4d3c-8f4a-4f0b8f1f7a01}" name="web" OSType="Debian_64">
    <ExtraData><ExtraDataItem name="VBoxInternal/CPUM/EnableHVP" value="1"/></ExtraData>
    <Hardware><CPU count="2"/><Memory RAMSize="1024"/></Hardware>
    <Snapshot uuid="{5b3dc7d6-6d10-4d3c-8f4a-4f0b8f1f7a02}" name="before"/>
  </Machine>
</VirtualBox>
"""


def only(read: Read) -> Element:
    (document,) = read.documents
    return parse(document)


def test_a_container() -> None:
    read = read_lxc(LXC)
    domain = only(read)
    text = {
        path: domain.findtext(path) for path in ("name", "memory", "cputune/shares", "os/init", "os/initarg")
    }
    assert list(text.values()) == ["web", "524288", "512", "/sbin/run", "--fast"]
    assert [f.find("target").get("dir") for f in domain.iterfind("devices/filesystem")] == ["/", "/data"]  # type: ignore[union-attr]
    assert len(domain.findall("devices/filesystem/readonly")) == 2
    assert [i.get("type") for i in domain.iterfind("devices/interface")] == ["bridge", "direct"]
    assert domain.find("devices/interface/ip[@prefix='24']") is not None
    assert [u.get("target") for u in domain.iterfind("idmap/*")] == ["100000", "100000"]
    assert {c.tag: c.get("state") for c in domain.iterfind("features/capabilities/*")} == {
        "sys_module": "off",
        "mknod": "off",
    }
    assert read.lost == ("lxc.mount.entry merged", "lxc.net.0.mtu", "lxc.apparmor.profile")


def test_a_bhyve_command_line() -> None:
    read = read_bhyve(BHYVE)
    domain = only(read)
    assert [domain.findtext(p) for p in ("name", "memory", "vcpu")] == ["web", str(1 << 20), "4"]
    assert [(t.get("dev"), t.get("bus")) for t in domain.iterfind("devices/disk/target")] == [
        ("vda", "virtio"),
        ("sda", "sata"),
    ]
    assert domain.find("devices/graphics[@port='5904']") is not None
    assert domain.find("devices/serial/source[@slave='/dev/nmdm0B']") is not None
    assert domain.findtext("os/loader") == "/usr/local/share/uefi.fd"
    assert read.lost == (
        "-s 4,virtio-net: the bridge that tap0 is in (virbr0 is written)",
        "-s 6,passthru,1/0/0",
    )


def test_an_ovf_descriptor() -> None:
    read = read_ovf(OVF)
    domain = only(read)
    assert [domain.findtext(p) for p in ("name", "memory", "vcpu", "description")] == [
        "web", str(2 << 20), "2", "The shop",
    ]  # fmt: skip
    source, target = domain.find("devices/disk/source"), domain.find("devices/disk/target")
    assert source is not None
    assert target is not None
    assert source.get("file") == "/var/lib/libvirt/images/web-disk1.vmdk"
    assert (target.get("dev"), target.get("bus")) == ("sda", "scsi")
    assert domain.find("devices/interface/source[@network='lan']") is not None
    assert read.lost == ("NIC model VmxNet3 (e1000 is written)", "card (resource type 1)", "ProductSection")


def test_what_drivers_read() -> None:
    vmx, xl = read_vmx_file(VMX), read_xl_file(XL)
    assert (only(vmx).findtext("name"), vmx.lost) == ("web", ("isolation.tools.copy.disable",))
    assert (only(xl).findtext("name"), xl.lost) == ("web", ("vscsi",))
    vbox = read_vbox_file(VBOX)
    assert [only(vbox).findtext(p) for p in ("name", "memory", "vcpu")] == ["web", str(1 << 20), "2"]
    assert vbox.lost == ("Snapshot", "VBoxInternal/CPUM/EnableHVP")


@pytest.mark.parametrize(
    ("name", "text", "title"),
    [
        ("web.conf", LXC, "lxc.conf"),
        ("start", BHYVE, "a bhyve command line"),
        ("web.xml", OVF, "OVF"),
        ("web.txt", VMX, "VMware's .vmx"),
        ("web", XL, "xl.cfg"),
        ("web.xml", VBOX, "VirtualBox's .vbox"),
        ("net.cfg", "<?xml version='1.0'?>\n<!-- x -->\n<network/>", "libvirt XML"),
    ],
)
def test_what_a_file_holds_decides(name: str, text: str, title: str) -> None:
    assert kind_of(PurePath(name), text).title == title


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (read_lxc, "lxc.uts.name = x"),
        (read_lxc, "lxc.uts.name x"),
        (read_bhyve, "bhyve -c 1"),
        (read_bhyve, "bhyve -c none -m 1G x"),
        (read_bhyve, "bhyve -m lots x"),
        (read_bhyve, "bhyve 'x"),
        (read_bhyve, "bhyve -E x"),
        (read_ovf, "<Envelope/>"),
        (read_ovf, "<other/>"),
        (read_ovf, "<Envelope><VirtualSystem id='a'/></Envelope>"),
    ],
)
def test_what_makes_no_sense_is_said(read: object, text: str) -> None:
    assert callable(read)
    with pytest.raises(Unreadable, match=r"\w"):
        read(text)
