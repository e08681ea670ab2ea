"""Each rule of the one spelling, to the letter: what it changes, and what looks like it and stays."""

from __future__ import annotations

import pytest

from drivers.dialects import dialect
from specs.documents.tree import to_node, whole
from specs.identity import Kind
from specs.xml import parse

MACHINES = {"x86_64/pc": "pc-i440fx-7.2", "aarch64/virt": "virt-7.2", "aarch64/pc": "nonsense"}
UNLIMITED = 9007199254740991
Rows = list[tuple[str, str]]


def normal(kind: Kind, document: str, family: str = "qemu", arch: str = "x86_64") -> str:
    """A document as the dialect spells it."""
    return whole(dialect(family, MACHINES, arch).normalise(kind, to_node(parse(document))))


def literal(document: str) -> str:
    """A document as it stands."""
    return whole(to_node(parse(document)))


def check(kind: Kind, given: str, kept: str, family: str = "qemu", arch: str = "x86_64") -> None:
    assert normal(kind, given, family, arch) == literal(kept)


DOMAIN: Rows = [
    ("<x id='7'/>", "<x/>"),
    ("<x><seclabel type='dynamic'><label>a</label></seclabel></x>", "<x/>"),
    (
        "<x><seclabel type='dynamic'><baselabel>a</baselabel><imagelabel>b</imagelabel></seclabel></x>",
        "<x><seclabel type='dynamic'><baselabel>a</baselabel></seclabel></x>",
    ),
    ("<x><seclabel type='static'><label>a</label></seclabel></x>",) * 2,
    ("<x><a cpuset='3,0-2,^1' cpus='0,1' nodeset='1,0' vcpus='2,1' iothreads='1,2,4'/></x>",
     "<x><a cpuset='0,2-3' cpus='0-1' nodeset='0-1' vcpus='1-2' iothreads='1-2,4'/></x>"),
    ("<x><a cpuset='none' other='1,0'/></x>",) * 2,
    ("<x><memory unit='MiB'>1</memory></x>", "<x><memory>1024</memory><currentMemory>1024</currentMemory></x>"),
    ("<x><currentMemory unit='MiB'>1</currentMemory></x>", "<x><currentMemory>1024</currentMemory></x>"),
    ("<x><memory>09</memory></x>", "<x><memory>9</memory><currentMemory>9</currentMemory></x>"),
    ("<x><maxMemory unit='MiB' slots='2'>1</maxMemory></x>", "<x><maxMemory slots='2'>1024</maxMemory></x>"),
    ("<x><memory>9</memory><currentMemory>10</currentMemory></x>",
     "<x><memory>9</memory><currentMemory>9</currentMemory></x>"),
    ("<x><memory>9</memory><currentMemory>0</currentMemory></x>",
     "<x><memory>9</memory><currentMemory>9</currentMemory></x>"),
    ("<x><memory>9</memory><currentMemory>9</currentMemory></x>",) * 2,
    ("<x><memory>9</memory><currentMemory>8</currentMemory></x>",) * 2,
    ("<x><memory>9</memory><currentMemory>lots</currentMemory></x>",) * 2,
    ("<x><memory>lots</memory><currentMemory>0</currentMemory></x>",) * 2,
    (
        "<x><memory>9</memory><cpu><numa><cell memory='1' unit='MiB'/><cell memory='2'/></numa></cpu><devices>"
        "<memory><target><size unit='MiB'>1</size></target></memory><memory><target><size>3</size></target>"
        "</memory><memory><target/></memory></devices></x>",
        "<x><memory>2053</memory><cpu><numa><cell memory='1024' id='0'/><cell memory='2' id='1'/></numa></cpu>"
        "<devices><memory><target><size>1024</size></target></memory><memory><target><size>3</size></target>"
        "</memory><memory><target/></memory></devices><currentMemory>2053</currentMemory></x>",
    ),
    ("<x><memory>9</memory><currentMemory>9</currentMemory><cpu><numa><cell memory='few' id='0'/></numa></cpu></x>",)
    * 2,
    ("<x><cpu><numa><cell id='4'/><cell/></numa></cpu></x>",
     "<x><cpu><numa><cell id='4'/><cell id='1'/></numa></cpu></x>"),
    ("<x><vcpu>04</vcpu></x>", "<x><vcpu current='4'>4</vcpu></x>"),
    ("<x><vcpu current='1'>0</vcpu></x>",) * 2,
    ("<x><vcpu current='2' placement='auto'>4</vcpu></x>",) * 2,
    ("<x><vcpu current='2' cpuset='1'>4</vcpu><numatune><memory placement='auto'/></numatune></x>",) * 2,
    ("<x><vcpu current='2'>4</vcpu><numatune><memory placement='auto'/></numatune></x>",
     "<x><vcpu current='2' placement='auto'>4</vcpu><numatune><memory placement='auto'/></numatune></x>"),
    ("<x><vcpu current='2'>4</vcpu><numatune><memory placement='static'/></numatune></x>",) * 2,
    ("<x><cpu/></x>", "<x/>"),
    ("<x><cpu><model fallback='allow'/></cpu></x>", "<x/>"),
    ("<x><cpu mode='custom'><model fallback='forbid'/></cpu></x>",) * 2,
    ("<x><cpu><model>Haswell</model></cpu></x>",) * 2,
    ("<x><os><type machine='pc'>hvm</type></os></x>", "<x><os><type machine='pc-i440fx-7.2'>hvm</type></os></x>"),
    ("<x><os><type machine='virt' arch='aarch64'>hvm</type></os></x>",
     "<x><os><type machine='virt-7.2' arch='aarch64'>hvm</type></os></x>"),
    ("<x><os><type machine='none'>hvm</type></os></x>",) * 2,
    ("<x><os><type>xen</type></os></x>", "<x><os><type>linux</type></os></x>"),
    ("<x><os><loader>a</loader></os></x>",) * 2,
    ("<x><os><type>hvm</type><bootmenu enable='no' timeout='3'/></os></x>",
     "<x><os><type>hvm</type><bootmenu enable='no'/></os></x>"),
    ("<x><os><type>hvm</type><bootmenu enable='yes' timeout='3'/></os></x>",) * 2,
    *(
        (f"<x><features><{tag}/></features></x>", f"<x><features><{tag} state='on'/></features></x>")
        for tag in ("hap", "pvspinlock", "pmu", "vmport", "smm", "htm", "nested-hv", "vmcoreinfo",
                    "ccf-assist", "ioapic")
    ),
    ("<x><features><acpi/><smm state='off'/></features></x>",) * 2,
    ("<x><features><hyperv><relaxed/><vapic state='off'/></hyperv></features></x>",
     "<x><features><hyperv><relaxed state='on'/><vapic state='off'/></hyperv></features></x>"),
    ("<x><features><kvm><hidden/></kvm></features></x>",) * 2,
    ("<x><features><hpt><maxpagesize unit='MiB'>1</maxpagesize></hpt></features></x>",
     "<x><features><hpt><maxpagesize>1024</maxpagesize></hpt></features></x>"),
    ("<x><clock offset='utc' adjustment='5'/></x>", "<x><clock offset='variable' basis='utc' adjustment='5'/></x>"),
    ("<x><clock adjustment='5'/></x>", "<x><clock offset='variable' basis='utc' adjustment='5'/></x>"),
    ("<x><clock offset='localtime' adjustment='5'/></x>",
     "<x><clock offset='variable' basis='localtime' adjustment='5'/></x>"),
    ("<x><clock offset='utc' adjustment='reset'/></x>",) * 2,
    ("<x><clock offset='timezone' adjustment='5'/></x>",) * 2,
    ("<x><clock offset='variable'/></x>", "<x><clock offset='variable' basis='utc' adjustment='0'/></x>"),
    ("<x><clock offset='variable' basis='localtime' adjustment='reset'/></x>",
     "<x><clock offset='variable' basis='localtime' adjustment='0'/></x>"),
    ("<x><clock offset='utc'><timer name='rtc'><catchup/></timer></clock></x>",
     "<x><clock offset='utc'><timer name='rtc'/></clock></x>"),
    ("<x><clock offset='utc'><timer name='rtc'><catchup limit='3'/></timer></clock></x>",) * 2,
    ("<x><memtune><hard_limit unit='MiB'>1</hard_limit></memtune></x>",
     "<x><memtune><hard_limit>1024</hard_limit></memtune></x>"),
    (f"<x><memtune><hard_limit>{UNLIMITED}</hard_limit></memtune></x>", "<x/>"),
    (f"<x><memtune><hard_limit>{UNLIMITED - 1}</hard_limit></memtune></x>",) * 2,
    ("<x><cputune><vcpusched vcpus='0-1,3' scheduler='fifo'/></cputune></x>",
     "<x><cputune>" + "".join(f"<vcpusched vcpus='{n}' scheduler='fifo'/>" for n in (0, 1, 3)) + "</cputune></x>"),
    ("<x><cputune><iothreadsched iothreads='1-2' scheduler='rr'/></cputune></x>",
     "<x><cputune>" + "".join(f"<iothreadsched iothreads='{n}' scheduler='rr'/>" for n in (1, 2)) + "</cputune></x>"),
    ("<x><cputune><vcpusched vcpus='1' scheduler='fifo'/></cputune></x>",) * 2,
    ("<x><memoryBacking><hugepages><page size='2' unit='MiB'/></hugepages></memoryBacking></x>",
     "<x><memoryBacking><hugepages><page size='2048'/></hugepages></memoryBacking></x>"),
    ("<x><memtune/><blkiotune/><cputune/><numatune/><memoryBacking/><features/></x>", "<x/>"),
    ("<x><other/><cputune><shares>1</shares></cputune><features a='b'/></x>",) * 2,
    ("<x><vcpu current='4'>4</vcpu><cputune><cachetune vcpus='2-6'/><memorytune vcpus='4-6'/></cputune></x>",
     "<x><vcpu current='4'>4</vcpu><cputune><cachetune vcpus='2-3'/></cputune></x>"),
    ("<x><vcpu current='4'>4</vcpu><cputune><memorytune vcpus='2-6'/></cputune></x>",
     "<x><vcpu current='4'>4</vcpu><cputune><memorytune vcpus='2-3'/></cputune></x>"),
    ("<x><cputune><cachetune vcpus='0-3'/></cputune></x>", "<x><cputune><cachetune vcpus='0'/></cputune></x>"),
    ("<x><vcpu current='1'>many</vcpu><cputune><cachetune vcpus='0-3'/></cputune></x>",) * 2,
    ("<x><resource><partition>/machine</partition></resource></x>", "<x/>"),
    ("<x><resource><partition>/mine</partition></resource></x>",) * 2,
    ("<x><resource><partition>/machine</partition><fibrechannel appid='a'/></resource></x>",
     "<x><resource><fibrechannel appid='a'/></resource></x>"),
    (
        "<x><metadata><plain/><a:one xmlns:a='urn:a'/><a:two xmlns:a='urn:a'/><b:one xmlns:b='urn:b'/>"
        "<v:owner xmlns:v='urn:virt-reconcile:1'/></metadata></x>",
        "<x><metadata><a:one xmlns:a='urn:a'/><b:one xmlns:b='urn:b'/></metadata></x>",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("given", "kept"), DOMAIN)
def test_a_domain_outside_of_its_devices(given: str, kept: str) -> None:
    given, kept = (text.replace("<x", "<domain", 1).replace("</x>", "</domain>") for text in (given, kept))
    check(Kind.DOMAIN, given, kept)


GRAPHICS: Rows = [
    ("<graphics type='vnc' port='-1'/>", "<graphics type='vnc' autoport='yes'/>"),
    ("<graphics type='vnc' port='5901' autoport='yes' tlsPort='5902'/>", "<graphics type='vnc' autoport='yes'/>"),
    ("<graphics type='vnc' port='5901'/>", "<graphics type='vnc' port='5901' autoport='no'/>"),
    ("<graphics type='spice' autoport='no' tlsPort='-1'/>",
     "<graphics type='spice' autoport='no'><listen type='none'/></graphics>"),
    ("<graphics type='spice' autoport='no' tlsPort='5902'/>",) * 2,
    ("<graphics type='vnc' socket='/run/libvirt/qemu/domain-1-web/vnc.sock'/>", "<graphics type='vnc'/>"),
    ("<graphics type='vnc' socket='/mine'/>",
     "<graphics type='vnc'><listen type='socket' socket='/mine'/></graphics>"),
    ("<graphics type='vnc' socket='/mine' listen='::1'><listen type='address'/><listen type='socket'"
     " socket='/mine'/></graphics>",
     "<graphics type='vnc'><listen type='socket' socket='/mine'/></graphics>"),
    ("<graphics type='vnc' listen='::1'/>",
     "<graphics type='vnc'><listen type='address' address='::1'/></graphics>"),
    ("<graphics type='vnc' listen='::1'><listen address='::2'/></graphics>",
     "<graphics type='vnc'><listen address='::2'/></graphics>"),
    ("<graphics type='vnc' listen='::1'><listen type='network' network='n' address='::3'/></graphics>",
     "<graphics type='vnc'><listen type='network' network='n'/><listen type='address' address='::1'/></graphics>"),
    ("<graphics type='vnc'><listen type='address' address='::1'/></graphics>",) * 2,
    ("<video><driver vgaconf='io'/><model type='vga' primary='yes'/></video>", "<video><model type='vga'/></video>"),
    ("<video><driver vgaconf='on'/><model type='vga' primary='no'/></video>",
     "<video><driver vgaconf='on'/><model type='vga'/></video>"),
]  # fmt: skip

CHARACTERS: Rows = [
    ("<serial type='pty' tty='/dev/pts/1'><source path='/dev/pts/1'/><target port='0' state='x'/></serial>",
     "<serial type='pty'><target port='0'/></serial>"),
    ("<console type='pty'><target type='serial' port='3'/></console>",
     "<console type='pty'><target type='serial'/></console>"),
    ("<serial type='file'><source path='/log' append='on'/></serial>",) * 2,
    ("<parallel type='file'><source path='/log'><seclabel labelskip='yes'/></source></parallel>",
     "<parallel type='file'><source path='/log'/></parallel>"),
    ("<serial type='file'><source path='/log'><seclabel relabel='no'/></source></serial>",) * 2,
    ("<channel type='unix'><source mode='bind' path='/var/lib/libvirt/qemu/channel/target/web.org.a'/>"
     "<target type='virtio' name='org.a'/></channel>",
     "<channel type='unix'><target type='virtio' name='org.a'/></channel>"),
    ("<channel type='unix'><source mode='bind' path='/run/libvirt/qemu/channel/domain-web/org.a'/>"
     "<target type='virtio' name='org.a'/></channel>",
     "<channel type='unix'><target type='virtio' name='org.a'/></channel>"),
    ("<channel type='unix'><source mode='bind' path='/run/channel/web.org.b'/><target name='org.a'/></channel>",) * 2,
    ("<channel type='unix'><source mode='bind' path='/mine/org.a'/><target name='org.a'/></channel>",) * 2,
    ("<serial type='unix'><source mode='bind' path='/run/channel/web.org.a'/><target name='org.a'/></serial>",) * 2,
    ("<channel type='unix'><source mode='bind'/></channel>", "<channel type='unix'/>"),
    ("<redirdev type='tcp'><source mode='connect' host='h'/></redirdev>",) * 2,
    ("<smartcard mode='passthrough' type='pty'><source path='/dev/pts/2'/></smartcard>",
     "<smartcard mode='passthrough' type='pty'/>"),
    ("<redirdev type='pty'><source path='/dev/pts/2'/></redirdev>", "<redirdev type='pty'/>"),
    ("<rng type='pty'><source path='/dev/pts/2'/></rng>",) * 2,
]  # fmt: skip

NICS: Rows = [
    *((f"<interface><target dev='{name}'/></interface>", "<interface/>")
      for name in ("vnet0", "vif12", "macvtap3", "macvlan", "vnet")),
    ("<interface><target dev='mine0' managed='no'/></interface>",) * 2,
    ("<interface><target dev='vnet0' managed='no'/></interface>",
     "<interface><target managed='no'/></interface>"),
    ("<interface><mac address='52:54:00:A:0:1'/></interface>",
     "<interface><mac address='52:54:00:0a:00:01'/></interface>"),
    *((f"<interface><model type='{given}'/></interface>", f"<interface><model type='{kept}'/></interface>")
      for given, kept in (
          ("VIRTIO", "virtio"), ("E1000", "e1000"), ("am79c970a", "Am79C970A"), ("82540em", "82540EM"),
          ("NetFront", "netfront"), ("RTL8139", "rtl8139"), ("E1000E", "e1000e"), ("Other", "Other"),
          ("VirtIO-Transitional", "virtio-transitional"), ("USB-Net", "usb-net"), ("VLANCE", "vlance"),
          ("virtio-NON-transitional", "virtio-non-transitional"), ("Spapr-vlan", "spapr-vlan"),
          ("LAN9118", "lan9118"), ("SCM91C111", "scm91c111"), ("VMXNET", "vmxnet"), ("Vmxnet2", "vmxnet2"),
          ("Vmxnet3", "vmxnet3"), ("AM79C973", "Am79C973"), ("82545em", "82545EM"), ("82543gc", "82543GC"))),
    ("<interface><source network='n' portid='p'><actual/></source></interface>",
     "<interface><source network='n'><actual/></source></interface>"),
    ("<interface><source network='n' actual='p'/></interface>", "<interface><source network='n'/></interface>"),
    ("<interface><bandwidth><inbound/><outbound average='1'/></bandwidth></interface>",
     "<interface><bandwidth><outbound average='1'/></bandwidth></interface>"),
    ("<interface><bandwidth><outbound/></bandwidth></interface>", "<interface/>"),
    ("<interface><coalesce><rx><frames max='0'/></rx></coalesce></interface>", "<interface/>"),
    ("<interface><coalesce><rx><frames/></rx></coalesce></interface>", "<interface/>"),
    ("<interface><coalesce><rx><frames max='7'/></rx></coalesce></interface>",) * 2,
    ("<interface><link state='down'/><driver queues='2'/></interface>",) * 2,
]  # fmt: skip

STORAGE: Rows = [
    ("<disk/>", "<disk type='file' device='disk'/>"),
    ("<disk type='block' device='lun'><source dev='/a'/></disk>",) * 2,
    ("<disk type='block' device='cdrom'><target dev='sda' tray='open'/></disk>",
     "<disk type='file' device='cdrom'><target dev='sda'/></disk>"),
    ("<disk type='block' device='floppy'><source/></disk>", "<disk type='file' device='floppy'/>"),
    ("<disk type='block' device='disk'/>",) * 2,
    ("<disk type='block' device='cdrom'><source dev='/a'/></disk>",) * 2,
    ("<disk type='file' device='disk'><source file='/a' index='1'><seclabel labelskip='yes'/></source>"
     "<backingStore type='file' index='2'><source file='/b' index='3'/></backingStore></disk>",
     "<disk type='file' device='disk'><source file='/a'/><backingStore type='file'><source file='/b'/>"
     "</backingStore></disk>"),
    ("<disk type='file' device='disk'><driver name='q'><metadata_cache><max_size unit='KiB'>1</max_size>"
     "</metadata_cache></driver></disk>",
     "<disk type='file' device='disk'><driver name='q'><metadata_cache><max_size>1024</max_size>"
     "</metadata_cache></driver></disk>"),
    ("<disk type='file' device='disk'><mirror/><alias name='a'/><encryption/><backingStore/><driver/></disk>",
     "<disk type='file' device='disk'/>"),
    ("<disk type='file' device='disk'><alias name='ua-mine'/></disk>",) * 2,
    ("<disk type='network' device='disk'><source protocol='iscsi' name='iqn'/></disk>",
     "<disk type='network' device='disk'><source protocol='iscsi' name='iqn/0'/></disk>"),
    ("<disk type='network' device='disk'><source protocol='iscsi' name='iqn/1'/></disk>",) * 2,
    ("<disk type='network' device='disk'><source protocol='rbd' name='image'/></disk>",) * 2,
    ("<disk type='network' device='disk'><source protocol='iscsi'><host name='h'/></source></disk>",) * 2,
    ("<disk type='file' device='disk'><boot order='1' loadparm='abc'/></disk>",
     "<disk type='file' device='disk'><boot order='1' loadparm='ABC'/></disk>"),
    ("<hostdev type='pci'><source><address bus='0x01' slot='0x0'/></source></hostdev>",
     "<hostdev type='pci'><source><address bus='1' slot='0' domain='0' function='0'/></source></hostdev>"),
    ("<hostdev type='usb'><source><address bus='1' device='2'/></source></hostdev>",) * 2,
    ("<hostdev type='scsi'><source protocol='iscsi' name='iqn'/></hostdev>",
     "<hostdev type='scsi'><source protocol='iscsi' name='iqn/0'/></hostdev>"),
]  # fmt: skip

OTHERS: Rows = [
    ("<disk type='file' device='disk'><alias/></disk>", "<disk type='file' device='disk'/>"),
    ("<filesystem type='ram' accessmode='a'><source usage='07'/></filesystem>",
     "<filesystem type='ram' accessmode='a'><source usage='7'/></filesystem>"),
    ("<memory><source><pagesize>02</pagesize></source><target><size>01</size></target></memory>",
     "<memory><source><pagesize>2</pagesize></source><target><size>1</size></target></memory>"),
    ("<controller><pcihole64>07</pcihole64></controller>", "<controller><pcihole64>7</pcihole64></controller>"),
    ("<shmem><size>07</size></shmem>", "<shmem><size>7</size></shmem>"),
    ("<filesystem fmode='0644' dmode='0'><source dir='/a'/></filesystem>",
     "<filesystem type='mount' accessmode='passthrough' fmode='644' dmode='0'><source dir='/a'/></filesystem>"),
    ("<filesystem type='ram' accessmode='mapped'><source usage='1' units='MiB'/></filesystem>",
     "<filesystem type='ram' accessmode='mapped'><source usage='1024'/></filesystem>"),
    ("<filesystem type='a' accessmode='b'><space_hard_limit unit='KiB'>1</space_hard_limit><space_soft_limit>7"
     "</space_soft_limit></filesystem>",
     "<filesystem type='a' accessmode='b'><space_hard_limit>1024</space_hard_limit><space_soft_limit>7"
     "</space_soft_limit></filesystem>"),
    ("<controller><pcihole64 unit='MiB'>1</pcihole64></controller>",
     "<controller><pcihole64>1024</pcihole64></controller>"),
    ("<memory><source><pagesize unit='MiB'>2</pagesize></source><target><size unit='MiB'>1</size><block"
     " unit='MiB'>2</block><requested unit='MiB'>3</requested><current unit='MiB'>4</current><label><size"
     " unit='KiB'>128</size></label></target></memory>",
     "<memory><source><pagesize>2048</pagesize></source><target><size>1024</size><block>2048</block><requested>"
     "3072</requested><label><size>128</size></label></target></memory>"),
    ("<shmem><size unit='M'>4</size></shmem>", "<shmem><size>4194304</size></shmem>"),
    ("<redirfilter><usbdev version='9.4' class='0x08'/></redirfilter>",
     "<redirfilter><usbdev version='9.40' class='8'/></redirfilter>"),
    ("<redirfilter><usbdev version='09.40'/></redirfilter>", "<redirfilter><usbdev version='9.40'/></redirfilter>"),
    ("<redirfilter><usbdev version='9'/><usbdev version='a.b'/><usbdev version='1.b'/></redirfilter>",) * 2,
    ("<serial type='dev'><target type='isa-serial' port='0'/></serial>",) * 2,
    ("<rng><address type='pci' bus='0x01' slot='0x02'/></rng>",
     "<rng><address type='pci' bus='1' slot='2' domain='0' function='0'/></rng>"),
    ("<rng><address type='pci'/></rng>",) * 2,
    ("<rng><address type='ccw' cssid='0xfe'/></rng>", "<rng><address type='ccw' cssid='254'/></rng>"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "kept"), [*GRAPHICS, *CHARACTERS, *NICS, *STORAGE, *OTHERS])
def test_a_device(given: str, kept: str) -> None:
    given, kept = (f"<domain><devices>{text}</devices></domain>" for text in (given, kept))
    check(Kind.DOMAIN, given, kept)


@pytest.mark.parametrize(
    ("device", "attribute", "default", "other"),
    [
        ("<interface><mac address='a'{}/></interface>", "type", "static", "check"),
        ("<interface><link{}/></interface>", "state", "up", "down"),
        ("<interface><driver{}/></interface>", "queues", "1", "2"),
        ("<controller><driver iothread='1'{}/></controller>", "queues", "0", "1"),
        ("<graphics{}/>", "autoport", "no", "yes"),
        ("<disk type='file' device='disk'{}/>", "snapshot", "default", "no"),
        ("<hostdev{}/>", "managed", "no", "yes"),
        ("<disk><source><host name='h'{}/></source></disk>", "transport", "tcp", "unix"),
        *(
            ("<redirfilter><usbdev allow='yes'{}/></redirfilter>", name, "-1", "7")
            for name in ("class", "vendor", "product", "version")
        ),
    ],
)
def test_what_a_device_means_where_it_says_nothing(
    device: str, attribute: str, default: str, other: str
) -> None:
    """The default is there to be compared with, and it is no more than implied."""

    def found(said: str) -> list[tuple[str, bool]]:
        root = to_node(parse(f"<domain><devices>{device.format(said)}</devices></domain>"))
        nodes = dialect("qemu").normalise(Kind.DOMAIN, root).walk()
        inner = device[1:].partition("{}")[0].rpartition("<")[2].split()[0].partition("{")[0]
        return [(n.attrs.get(attribute, "none"), attribute in n.implied) for n in nodes if n.tag == inner]

    assert found("") == [(default, True)]
    assert found(f" {attribute}='{other}'") == [(other, False)]


@pytest.mark.parametrize(
    ("arch", "said", "dropped"),
    [("x86_64", "", False), ("i686", "", False), ("aarch64", "", True), ("x86_64", "aarch64", True),
     ("aarch64", "x86_64", False), ("aarch64", "i686", False)],
)  # fmt: skip
def test_an_isa_port_is_one_only_where_there_is_isa(arch: str, said: str, dropped: bool) -> None:
    """Of the machine that the document names, or of the host's own kind."""
    kind = f"<os><type arch='{said}'>hvm</type></os>" if said else ""
    given = f"<domain>{kind}<devices><serial><target type='isa-serial' port='0'/></serial></devices></domain>"
    check(Kind.DOMAIN, given, given.replace(" type='isa-serial'", "") if dropped else given, arch=arch)


@pytest.mark.parametrize(("arch", "machine", "kept"), [("aarch64", "pc", "nonsense"), ("i686", "pc", "pc")])
def test_a_machine_has_its_name_on_the_hosts_own_kind(arch: str, machine: str, kept: str) -> None:
    given = f"<domain><os><type machine='{machine}'>hvm</type></os></domain>"
    check(Kind.DOMAIN, given, given.replace(f"'{machine}'", f"'{kept}'"), arch=arch)


@pytest.mark.parametrize(
    ("family", "given", "kept"),
    [
        ("qemu", "<cell id='0' cpus='0'/><cell id='1' cpus='1'/>", "<cell id='0' cpus='0,2-3'/><cell id='1' cpus='1'/>"),
        ("qemu", "<cell id='0' cpus='0-1'/><cell id='1' cpus='2-3'/>", None),
        ("qemu", "<cell id='0'/><cell id='1'/>", None),
        ("qemu", "<cell id='0' cpus='none'/><cell id='1' cpus='1'/>", None),
        ("qemu", "<cell id='0'/><cell id='1' cpus='1'/>", "<cell id='0' cpus='0,2-3'/><cell id='1' cpus='1'/>"),
        ("lxc", "<cell id='0' cpus='0'/><cell id='1' cpus='1'/>", None),
    ],
)  # fmt: skip
def test_cells_that_have_too_few_processors(family: str, given: str, kept: str | None) -> None:
    whole_one = "<domain><vcpu current='4'>4</vcpu><cpu><numa>{}</numa></cpu></domain>"
    check(Kind.DOMAIN, whole_one.format(given), whole_one.format(kept or given), family)


@pytest.mark.parametrize(("count", "believed"), [(65536, True), (65537, False)])
def test_more_processors_than_there_can_be_are_not_believed(count: int, believed: bool) -> None:
    given = f"<domain><vcpu current='1'>{count}</vcpu><cputune><cachetune vcpus='{{}}'/></cputune></domain>"
    check(Kind.DOMAIN, given.format("0,70000"), given.format("0" if believed else "0,70000"))


@pytest.mark.parametrize(
    ("clock", "kept"),
    [("offset='utc' adjustment='reset'", "offset='utc'"), ("adjustment='reset'", ""),
     ("offset='localtime' adjustment='reset'", "offset='localtime'"),
     ("offset='timezone' adjustment='reset'", "offset='timezone' adjustment='reset'"),
     ("offset='utc'", "offset='utc'")],
)  # fmt: skip
def test_a_xen_guests_clock_is_always_set_anew(clock: str, kept: str) -> None:
    check(Kind.DOMAIN, f"<domain><clock {clock}/></domain>", f"<domain><clock {kept}/></domain>", "xen")


NETWORKS: Rows = [
    ("<network connections='3'><name>n</name></network>", "<network><name>n</name></network>"),
    ("<network ipv6='yes'/>",) * 2,
    ("<network><ip address='10.0.0.1' netmask='255.255.255.0' family='ipv4'/></network>",
     "<network><ip address='10.0.0.1' prefix='24'/></network>"),
    ("<network><route address='10.0.0.0' netmask='255.0.0.0'/></network>",
     "<network><route address='10.0.0.0' prefix='8'/></network>"),
    ("<network><ip address='10.0.0.1' netmask='none'/></network>",) * 2,
    ("<network><ip family='ipv6' address='fd00::1' prefix='64'/></network>",) * 2,
    ("<network><forward/></network>", "<network><forward mode='nat'/></network>"),
    ("<network><forward mode='route' dev='eth0'/></network>",
     "<network><forward mode='route'><interface dev='eth0'/></forward></network>"),
    ("<network><forward mode='route' dev='eth0'><interface dev='eth0' connections='1'/><address type='pci'"
     " connections='2'/></forward></network>",
     "<network><forward mode='route'><interface dev='eth0'/><address type='pci' domain='0' function='0'/></forward>"
     "</network>"),
    ("<network><forward mode='route' dev='eth0'><interface dev='eth1'/></forward></network>",
     "<network><forward mode='route'><interface dev='eth1'/><interface dev='eth0'/></forward></network>"),
]  # fmt: skip
POOLS: Rows = [
    ("<pool><capacity>1</capacity><allocation>1</allocation><available>1</available></pool>", "<pool/>"),
    ("<pool><target><path>//srv//a/</path></target></pool>", "<pool><target><path>//srv/a</path></target></pool>"),
    ("<pool><target><path>///srv///a//</path><label>a//b/</label></target></pool>",
     "<pool><target><path>/srv/a</path><label>a//b/</label></target></pool>"),
    ("<pool><target><path>/</path></target></pool>",) * 2,
    ("<pool><source><dir path='/a//b/'/><device path='/d'><freeExtent start='0'/></device></source></pool>",
     "<pool><source><dir path='/a/b'/><device path='/d'/></source></pool>"),
    ("<pool type='logical'><name>p</name><source><name>vg</name></source><target><path>/x</path></target></pool>",
     "<pool type='logical'><name>p</name><source><name>vg</name></source><target><path>/dev/vg</path></target>"
     "</pool>"),
    ("<pool type='logical'><name>p</name><target><path>/x</path></target></pool>",
     "<pool type='logical'><name>p</name><target><path>/dev/p</path></target></pool>"),
    ("<pool type='logical'><name>p</name></pool>",) * 2,
    ("<pool type='dir'><name>p</name><source><name>vg</name></source><target><path>/x</path></target></pool>",) * 2,
    ("<pool><target><permissions><mode>0755</mode><owner>-1</owner><group>4294967295</group><label/></permissions>"
     "</target></pool>", "<pool><target><permissions><mode>755</mode></permissions></target></pool>"),
    ("<pool><target><permissions><owner>0107</owner><group>007</group><label>l</label></permissions></target></pool>",
     "<pool><target><permissions><owner>107</owner><group>7</group><label>l</label></permissions></target></pool>"),
    ("<pool><target><permissions><mode>-1</mode><label>007</label></permissions></target></pool>",) * 2,
]  # fmt: skip
VOLUMES: Rows = [
    ("<volume type='file'><key>k</key><allocation>1</allocation><physical>2</physical><source/></volume>",
     "<volume/>"),
    ("<volume><capacity unit='KiB'>1</capacity></volume>", "<volume><capacity>1024</capacity></volume>"),
    ("<volume><capacity>1</capacity></volume>",) * 2,
    ("<volume><target><path>/p</path><timestamps/><clusterSize>1</clusterSize><format type='iso'/></target>"
     "<backingStore><path>/b</path><timestamps/><clusterSize>1</clusterSize><format type='iso'/></backingStore>"
     "</volume>",
     "<volume><target><format type='raw'/></target><backingStore><path>/b</path><format type='raw'/>"
     "</backingStore></volume>"),
    ("<volume><target><format type='qcow2'/><compat>1.1</compat><permissions><mode>0600</mode></permissions>"
     "</target></volume>",
     "<volume><target><format type='qcow2'/><compat>1.1</compat><permissions><mode>600</mode></permissions>"
     "</target></volume>"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "given", "kept"),
    [
        *((Kind.NETWORK, *row) for row in NETWORKS),
        *((Kind.STORAGE_POOL, *row) for row in POOLS),
        *((Kind.VOLUME, *row) for row in VOLUMES),
        (Kind.SECRET, "<s><uuid>AAAAAAAABBBB4CCC8DDDEEEEEEEEEEEE</uuid></s>",
         "<s><uuid>aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee</uuid></s>"),
        (Kind.NETWORK_FILTER, "<f><rule index='0x10'/></f>", "<f><rule index='16'/></f>"),
    ],
)  # fmt: skip
def test_another_kind(kind: Kind, given: str, kept: str) -> None:
    check(kind, given, kept)


def test_a_network_has_no_ipv6_of_its_own_unless_it_says_so() -> None:
    root = dialect("qemu").normalise(Kind.NETWORK, to_node(parse("<network/>")))
    assert (root.attrs, root.implied) == ({"ipv6": "no"}, {"ipv6"})
