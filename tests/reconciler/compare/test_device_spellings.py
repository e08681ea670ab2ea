"""Devices: one meaning, many spellings. Each pair is equal both ways round, and its near miss is not."""

from __future__ import annotations

import pytest

from specs.identity import Kind
from tests.reconciler.compare.support import assert_spelling, domain

Case = tuple[str, str, str]
"""What is declared, how it is kept, and something like it that means another thing."""


def _disk(inner: str, attrs: str = "type='file' device='disk'") -> str:
    return domain(devices=f"<disk {attrs}>{inner}<target dev='vda' bus='virtio'/></disk>")


def _nic(inner: str) -> str:
    return domain(devices=f"<interface type='network'><mac address='52:54:00:00:00:01'/>{inner}</interface>")


def _graphics(attrs: str, inner: str = "") -> str:
    return domain(devices=f"<graphics type='vnc' {attrs}>{inner}</graphics>")


def _spice(attrs: str, inner: str = "") -> str:
    return domain(devices=f"<graphics type='spice' {attrs}>{inner}</graphics>")


def _share(attrs: str, inner: str = "") -> str:
    return domain(devices=f"<filesystem {attrs}>{inner}<source dir='/a'/><target dir='a'/></filesystem>")


def _cache(size: str, unit: str) -> str:
    most = f"<max_size unit='{unit}'>{size}</max_size>"
    return _disk(f"<driver name='qemu'><metadata_cache>{most}</metadata_cache></driver>")


def _ram(size: str, units: str) -> str:
    source = f"<source usage='{size}' units='{units}'/>"
    return domain(devices=f"<filesystem type='ram'>{source}<target dir='a'/></filesystem>")


def _channel(path: str) -> str:
    name = "org.qemu.guest_agent.0"
    source = f"<source mode='bind' path='{path}/{name}'/>" if path else ""
    return domain(devices=f"<channel type='unix'>{source}<target type='virtio' name='{name}'/></channel>")


def _port(address: str) -> str:
    target = "<target type='virtio' name='a'/>"
    return domain(devices=f"<channel type='pty'>{target}<address type='virtio-serial' {address}/></channel>")


def _videos(*models: str) -> str:
    return domain(devices="".join(f"<video><model {model}/></video>" for model in models))


DEVICES: dict[str, Case] = {
    "a disk that is only read has no snapshots": (
        _disk("<readonly/>", "type='file' snapshot='no'"), _disk("<readonly/>"),
        _disk("<readonly/>", "type='file' snapshot='external'"),
    ),
    "nor a CD": (
        _disk("<readonly/>", "device='cdrom' snapshot='no'"), _disk("<readonly/>", "device='cdrom'"),
        _disk("<readonly/>", "device='cdrom' snapshot='internal'"),
    ),
    "a channel's path of newer releases": (
        _channel("/run/libvirt/qemu/channel/12-web"), _channel(""),
        _channel("/run/mine").replace("unix", "pty"),
    ),
    "SPICE without a port": (
        _spice("autoport='no'", "<listen type='address' address='::1'/>"),
        _spice("", "<listen type='none'/>"),
        _spice("port='5901'", "<listen type='address'/>"),
    ),
    "a channel's bus without a port": (
        _port("controller='0' bus='2'"), _port("controller='0' bus='0' port='0'"),
        _port("controller='1' bus='0' port='3'"),
    ),
    "which video is the primary one": (
        _videos("type='qxl' primary='no'", "type='vga' primary='yes'"), _videos("type='vga'", "type='qxl'"),
        _videos("type='vga' heads='1'", "type='virtio'"),
    ),
    "a disk's kind and device": (
        _disk("<source file='/a'/>", ""), _disk("<source file='/a'/>"),
        _disk("<source file='/a'/>", "type='file' device='lun'"),
    ),
    "a disk's snapshots": (
        _disk("", "type='file' snapshot='default'"), _disk(""), _disk("", "type='file' snapshot='external'"),
    ),
    "a disk's tray is where somebody left it": (
        _disk("").replace("bus=", "tray='open' bus="), _disk(""), _disk("").replace("virtio", "scsi"),
    ),
    "labels that were skipped": (
        _disk("<source file='/a'><seclabel model='dac' labelskip='yes'/></source>"),
        _disk("<source file='/a'/>"),
        _disk("<source file='/a'><seclabel model='dac' relabel='no'/></source>"),
    ),
    "the size of a metadata cache": (
        _cache("4", "KiB"),
        _cache("4096", "bytes"),
        _cache("5", "KiB"),
    ),
    "TCP to another machine": (
        _disk("<source protocol='nbd'><host name='h' transport='tcp'/></source>", "type='network'"),
        _disk("<source protocol='nbd'><host name='h'/></source>", "type='network'"),
        _disk("<source protocol='nbd'><host name='h' transport='rdma'/></source>", "type='network'"),
    ),
    "a name with a slash of a protocol without LUNs": (
        _disk("<source protocol='nbd' name='x'/>", "type='network'"),
        _disk("<source protocol='nbd' name='x'/>", "type='network'"),
        _disk("<source protocol='nbd' name='x/0'/>", "type='network'"),
    ),
    "boot parameters in capitals": (
        _disk("<boot order='1' loadparm='prod'/>"), _disk("<boot order='1' loadparm='PROD'/>"),
        _disk("<boot order='1' loadparm='TEST'/>"),
    ),
    "an alias of libvirt's own": (
        _disk("<alias name='virtio-disk0'/>"), _disk(""), _disk("<alias name='ua-mine'/>"),
    ),
    "the MAC's kind": (
        _nic("").replace("address=", "type='static' address="), _nic(""),
        _nic("").replace("address=", "type='generated' address="),
    ),
    "an interface that is linked": (_nic("<link state='up'/>"), _nic(""), _nic("<link state='down'/>")),
    "an interface's one queue": (
        _nic("<driver queues='1'/>"), _nic(""), _nic("<driver queues='2'/>"),
    ),
    "what a port is called while it runs": (
        _nic("<source network='a' portid='x' actual='y'/>"), _nic("<source network='a'/>"),
        _nic("<source network='b'/>"),
    ),
    "empty bandwidth": (
        _nic("<bandwidth><inbound/><outbound average='5'/></bandwidth>"),
        _nic("<bandwidth><outbound average='5'/></bandwidth>"),
        _nic("<bandwidth><inbound average='5'/><outbound average='5'/></bandwidth>"),
    ),
    "nothing to coalesce": (
        _nic("<coalesce><rx><frames max='0'/></rx></coalesce>"), _nic(""),
        _nic("<coalesce><rx><frames max='7'/></rx></coalesce>"),
    ),
    "a socket of the running domain": (
        _graphics("socket='/var/lib/libvirt/qemu/domain-3-web/vnc.sock'"), _graphics(""),
        _graphics("socket='/srv/vnc.sock'"),
    ),
    "a socket stands instead of all listens": (
        _graphics("socket='/srv/s'", "<listen type='address' address='::1'/>"),
        _graphics("", "<listen type='socket' socket='/srv/s'/>"),
        _graphics("", "<listen type='socket' socket='/srv/t'/>"),
    ),
    "a socket that is listened at already": (
        _graphics("socket='/srv/s'", "<listen type='socket' socket='/srv/s'/>"),
        _graphics("", "<listen type='socket' socket='/srv/s'/>"),
        _graphics("", "<listen type='none'/>"),
    ),
    "an address that is listened at already": (
        _graphics("listen='::1'", "<listen type='address' address='::1'/>"),
        _graphics("", "<listen type='address' address='::1'/>"),
        _graphics("", "<listen type='address' address='::2'/>"),
    ),
    "the address of a network that is listened at": (
        _graphics("", "<listen type='network' network='n' address='10.0.0.1'/>"),
        _graphics("", "<listen type='network' network='n'/>"),
        _graphics("", "<listen type='network' network='m'/>"),
    ),
    "no TLS port": (_spice("tlsPort='-1'"), _spice(""), _spice("tlsPort='5902'")),
    "a socket and an address": (
        _graphics("", "<listen type='socket' socket='/s'/><listen type='address' address='::1'/>"),
        _graphics("socket='/s'", "<listen type='socket' socket='/s'/><listen type='address' address='::1'/>"),
        _graphics("", "<listen type='socket' socket='/s'/><listen type='address' address='::2'/>"),
    ),
    "a port is not automatic": (
        _graphics("port='5901'"), _graphics("port='5901' autoport='no'"), _graphics("port='5902'"),
    ),
    "the first video is the primary one": (
        domain(devices="<video><model type='vga' primary='yes'/></video>"),
        domain(devices="<video><model type='vga'/></video>"),
        domain(devices="<video><model type='qxl'/></video>"),
    ),
    "a QXL video without more memory": (
        domain(devices="<video><model type='qxl' vram='16384' vram64='0'/></video>"),
        domain(devices="<video><model type='qxl' vram='16384'/></video>"),
        domain(devices="<video><model type='qxl' vram='16384' vram64='65536'/></video>"),
    ),
    "VGA by I/O": (
        domain(devices="<video><model type='vga'/><driver vgaconf='io'/></video>"),
        domain(devices="<video><model type='vga'/></video>"),
        domain(devices="<video><model type='vga'/><driver vgaconf='off'/></video>"),
    ),
    "a mount passed through": (
        _share(""), _share("type='mount' accessmode='passthrough'"),
        _share("type='mount' accessmode='mapped'"),
    ),
    "the modes of a share": (_share("fmode='0644'"), _share("fmode='644'"), _share("fmode='600'")),
    "the modes of a share's folders": (_share("dmode='0755'"), _share("dmode='755'"), _share("dmode='700'")),
    "a share's limit": (
        _share("", "<space_hard_limit unit='KiB'>1</space_hard_limit>"),
        _share("", "<space_hard_limit>1024</space_hard_limit>"),
        _share("", "<space_hard_limit>1025</space_hard_limit>"),
    ),
    "a share's softer limit": (
        _share("", "<space_soft_limit unit='KiB'>1</space_soft_limit>"),
        _share("", "<space_soft_limit>1024</space_soft_limit>"),
        _share("", "<space_soft_limit>1025</space_soft_limit>"),
    ),
    "the size of a share in memory": (
        _ram("1", "MiB"),
        _ram("1024", "KiB"),
        _ram("2", "MiB"),
    ),
    "a bridge's window": (
        domain(devices="<controller type='pci' index='0' model='pci-root'>"
               "<pcihole64 unit='MiB'>1</pcihole64></controller>"),
        domain(devices="<controller type='pci' index='0' model='pci-root'>"
               "<pcihole64 unit='KiB'>1024</pcihole64></controller>"),
        domain(devices="<controller type='pci' index='0' model='pci-root'>"
               "<pcihole64 unit='KiB'>1025</pcihole64></controller>"),
    ),
    "shared memory": (
        domain(devices="<shmem name='s'><size unit='M'>4</size></shmem>"),
        domain(devices="<shmem name='s'><size>4194304</size></shmem>"),
        domain(devices="<shmem name='s'><size>4194305</size></shmem>"),
    ),
    "any device may be redirected": (
        domain(devices="<redirfilter><usbdev class='-1' vendor='-1' product='-1' version='-1' allow='yes'/>"
               "</redirfilter>"),
        domain(devices="<redirfilter><usbdev allow='yes'/></redirfilter>"),
        domain(devices="<redirfilter><usbdev vendor='0x1234' allow='yes'/></redirfilter>"),
    ),
    "a USB version has two decimals": (
        domain(devices="<redirfilter><usbdev version='9.4' allow='yes'/></redirfilter>"),
        domain(devices="<redirfilter><usbdev version='9.40' allow='yes'/></redirfilter>"),
        domain(devices="<redirfilter><usbdev version='9.04' allow='yes'/></redirfilter>"),
    ),
    "memory devices in any unit": (
        domain(devices="<memory model='dimm'><target><size unit='MiB'>64</size></target></memory>"),
        domain(devices="<memory model='dimm'><target><size unit='KiB'>65536</size></target></memory>"),
        domain(devices="<memory model='dimm'><target><size unit='KiB'>65537</size></target></memory>"),
    ),
    "pages behind a memory device": (
        domain(devices="<memory model='dimm'><source><pagesize unit='MiB'>2</pagesize></source></memory>"),
        domain(devices="<memory model='dimm'><source><pagesize unit='KiB'>2048</pagesize></source></memory>"),
        domain(devices="<memory model='dimm'><source><pagesize unit='KiB'>4</pagesize></source></memory>"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", DEVICES)
def test_a_spelling_is_no_difference_and_a_meaning_is(case: str) -> None:
    assert_spelling(Kind.DOMAIN, *DEVICES[case])
