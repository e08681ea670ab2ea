"""A choice of libvirt's schema is replaced whole: nothing stays of the alternative that the files left."""

from __future__ import annotations

import itertools

import pytest

from reconciler.compare import Base
from reconciler.compare.model import Cause
from specs.identity import Kind
from tests.reconciler.compare.support import disk, domain, judged, nic

MAC = "<mac address='52:54:00:00:00:01'/>"
PCI = "<address type='pci' domain='0x0000' bus='0x00' slot='0x05' function='0x0'/>"

Form = tuple[str, str, str]
"""What is declared, what libvirt makes of it, and what of that no other alternative may have."""


def _nic(kind: str, source: str, more: str = "", left: str = "") -> Form:
    given = f"<interface type='{kind}'>{MAC}{source}{more}</interface>"
    kept = f"<interface type='{kind}'>{MAC}{source}<model type='e1000'/>{more}{PCI}</interface>"
    return domain(devices=given), domain(devices=kept), left


def _plain(given: str, kept: str = "", left: str = "") -> Form:
    return domain(devices=given), domain(devices=kept or given), left


def _disk(kind: str, source: str, driver: str = "", left: str = "") -> Form:
    of_driver = driver or "<driver name='qemu' type='raw'/>"
    target = "<target dev='vda' bus='virtio'/>"
    given = f"<disk type='{kind}' device='disk'>{driver}{source}{target}</disk>"
    kept = f"<disk type='{kind}' device='disk'>{of_driver}{source}{target}{PCI}</disk>"
    return domain(devices=given), domain(devices=kept), left


def _whole(given: str, kept: str = "", left: str = "") -> Form:
    """A part of a domain outside of its devices."""
    return domain(given), domain(kept or given), left


def _network(forward: str, more: str, added: str = "", left: str = "") -> Form:
    text = "<network><name>n</name>{}</network>"
    return text.format(forward + more), text.format(forward + added + more), left


_TARGET = "<target type='virtio' name='a.b'/>"
_IP = "<ip address='10.0.0.1' prefix='24'/>"
_OWN = "<mac address='52:54:00:00:00:02'/>"
_LIST = "<vcpus><vcpu id='0' enabled='yes' hotpluggable='no' order='1'/></vcpus>"
_LOADER = "<loader readonly='yes' type='pflash'>/f</loader>"
_SPICE = "<graphics type='spice' autoport='yes'/>"

CHOICES: dict[str, tuple[Kind, dict[str, Form]]] = {
    "NIC": (
        Kind.DOMAIN,
        {
            "network": _nic("network", "<source network='n' portgroup='p'/>", left="portgroup"),
            "bridge": _nic("bridge", "<source bridge='br0'/>", "<mtu size='9000'/>", "br0"),
            "macvtap": _nic("direct", "<source dev='eth0' mode='vepa'/>", left="vepa"),
            "user": _nic("user", ""),
            "tap": _nic("ethernet", "", "<target dev='t9' managed='no'/><script path='/up'/>", "managed"),
            "hostdev": _nic("hostdev", "<source><address type='pci' bus='7' slot='1'/></source>", left="7"),
        },
    ),
    "disk": (
        Kind.DOMAIN,
        {
            "file": _disk("file", "<source file='/a'/>", "<driver name='qemu' type='qcow2'/>", "qcow2"),
            "block": _disk("block", "<source dev='/dev/a'/>", left="/dev/a"),
            "volume": _disk("volume", "<source pool='p' volume='v'/>", left="pool="),
            "rbd": _disk("network", "<source protocol='rbd' name='p/i'><host name='m'/></source>"),
            "nbd": _disk("network", "<source protocol='nbd'><host transport='unix' socket='/s'/></source>"),
        },
    ),
    "serial": (
        Kind.DOMAIN,
        {
            "pty": _plain("<serial type='pty'/>"),
            "tcp": _plain(
                "<serial type='tcp'><source mode='bind' host='h' service='9'/></serial>",
                left="service",
            ),
            "file": _plain("<serial type='file'><source path='/l' append='on'/></serial>", left="append"),
        },
    ),
    "shared memory": (
        Kind.DOMAIN,
        {
            "plain": _plain(
                "<shmem name='m'><model type='ivshmem-plain'/><size unit='M'>4</size></shmem>", left="size"
            ),
            "doorbell": _plain(
                "<shmem name='m'><model type='ivshmem-doorbell'/><server path='/s'/></shmem>", left="server"
            ),
        },
    ),
    "display": (
        Kind.DOMAIN,
        {
            "ports": _plain("<graphics type='vnc' port='5979'/>", left="5979"),
            "socket": _plain(
                "<graphics type='vnc'><listen type='socket' socket='/s'/></graphics>",
                "<graphics type='vnc' socket='/s'><listen type='socket' socket='/s'/></graphics>",
                "socket",
            ),
            "spice": _plain(_SPICE, f"{_SPICE}<audio id='1' type='spice'/>", "audio"),
        },
    ),
    "video": (
        Kind.DOMAIN,
        {
            "virtio": _plain("<video><model type='virtio' heads='2'/></video>", left="heads"),
            "vga": _plain("<video><model type='vga' vram='16384'/></video>", left="vram"),
        },
    ),
    "filesystem": (
        Kind.DOMAIN,
        {
            "virtiofs": _plain(
                "<filesystem type='mount'><driver type='virtiofs'/><source dir='/s'/><target dir='t'/>"
                "</filesystem>",
                left="virtiofs",
            ),
            "9p": _plain(
                "<filesystem type='mount' accessmode='mapped' fmode='700'><source dir='/s'/>"
                "<target dir='t'/><readonly/></filesystem>",
                left="readonly",
            ),
        },
    ),
    "USB": (
        Kind.DOMAIN,
        {
            "none": _plain("<controller type='usb' index='0' model='none'/>", left="none"),
            "xhci": _plain(
                "<controller type='usb' index='0' model='qemu-xhci' ports='8'/>"
                "<input type='tablet' bus='usb'/>",
                left="ports=",
            ),
        },
    ),
    "channel": (
        Kind.DOMAIN,
        {
            "unix": _plain(
                f"<channel type='unix'><source mode='connect' path='/s'>"
                f"<reconnect enabled='yes' timeout='9'/></source>{_TARGET}</channel>",
                left="reconnect",
            ),
            "listening": _plain(
                f"<channel type='unix'><source mode='bind' path='/t'/>{_TARGET}</channel>", left="bind"
            ),
            "spice": _plain(f"<channel type='spicevmc'>{_TARGET}</channel>", left="spicevmc"),
        },
    ),
    "random numbers": (
        Kind.DOMAIN,
        {
            "file": _plain("<rng><backend model='random'>/dev/random</backend></rng>", left="/dev/random"),
            "builtin": _plain("<rng><backend model='builtin'/></rng>"),
        },
    ),
    "boot": (
        Kind.DOMAIN,
        {
            "kinds": (
                domain(devices=disk("vda", "/a")).replace("</os>", "<boot dev='hd'/></os>"),
                domain(devices=disk("vda", "/a")).replace("</os>", "<boot dev='hd'/></os>"),
                "dev=\"hd\"",
            ),
            "devices": _plain(disk("vda", "/a", "<boot order='1'/>"), left="order="),
        },
    ),
    "firmware": (
        Kind.DOMAIN,
        {
            "chosen": (
                domain().replace("<os>", "<os firmware='efi'>"),
                domain().replace("<os>", "<os firmware='efi'>").replace(
                    "</os>",
                    "<firmware><feature enabled='no' name='secure-boot'/></firmware><nvram>/n</nvram></os>",
                ),
                "firmware",
            ),
            "named": (
                domain().replace("</os>", f"{_LOADER}</os>"),
                domain().replace("</os>", f"{_LOADER}<nvram>/n</nvram></os>"),
                "loader",
            ),
        },
    ),
    "clock": (
        Kind.DOMAIN,
        {
            "variable": _whole("<clock offset='variable' adjustment='9' basis='utc'/>", left="basis"),
            "local": _whole("<clock offset='localtime'/>", left="localtime"),
            "zone": _whole("<clock offset='timezone' timezone='Europe/Vienna'/>", left="timezone="),
            "absolute": _whole("<clock offset='absolute' start='9'/>", left="start="),
        },
    ),
    "CPU": (
        Kind.DOMAIN,
        {
            "host": _whole(
                "<cpu mode='host-model'/>", "<cpu mode='host-model' check='partial'/>", "host-model"
            ),
            "custom": _whole("<cpu match='exact'><model>qemu64</model></cpu>", left="qemu64"),
            "most": _whole("<cpu mode='maximum'/>", "<cpu mode='maximum' check='none'/>", "maximum"),
        },
    ),
    "memory placement": (
        Kind.DOMAIN,
        {
            "automatic": (
                domain("<numatune><memory mode='strict' placement='auto'/></numatune>"),
                domain("<numatune><memory mode='strict' placement='auto'/></numatune>").replace(
                    "<vcpu>", "<vcpu placement='auto'>"
                ),
                "auto",
            ),
            "nodes": _whole("<numatune><memory mode='strict' nodeset='0'/></numatune>", left="nodeset"),
        },
    ),
    "virtual CPUs": (
        Kind.DOMAIN,
        {
            "listed": (
                domain(_LIST).replace("<vcpu>2", "<vcpu>1"),
                domain(_LIST).replace("<vcpu>2", "<vcpu>1"),
                "hotpluggable",
            ),
            "counted": (domain(), domain(), ""),
        },
    ),
    "network": (
        Kind.NETWORK,
        {
            "nat": (
                f"<network><name>n</name><forward mode='nat' dev='eth0'/><bridge name='v0'/>{_IP}</network>",
                "<network><name>n</name><forward mode='nat' dev='eth0'><nat><port start='1' end='2'/></nat>"
                f"<interface dev='eth0'/></forward><bridge name='v0'/>{_OWN}{_IP}</network>",
                "eth0",
            ),
            "open": _network("<forward mode='open'/>", f"<bridge name='v0'/>{_IP}", _OWN, "open"),
            "isolated": _network("", f"<bridge name='v0' stp='on'/><domain name='d'/>{_IP}", _OWN),
            "bridge": _network("<forward mode='bridge'/>", "<bridge name='br0'/>", left="br0"),
            "macvtap": _network(
                "<forward mode='bridge'><interface dev='eth1'/></forward>", "", left="eth1"
            ),
            "passthrough": (
                "<network><name>n</name><forward mode='passthrough' dev='eth2'/></network>",
                "<network><name>n</name><forward dev='eth2' mode='passthrough'><interface dev='eth2'/>"
                "</forward></network>",
                "eth2",
            ),
        },
    ),
    "pool": (
        Kind.STORAGE_POOL,
        {
            "folder": (
                "<pool type='dir'><name>p</name><target><path>/p</path></target></pool>",
                "<pool type='dir'><name>p</name><source/><target><path>/p</path></target></pool>",
                "",
            ),
            "group": (
                "<pool type='logical'><name>p</name><source><name>vg</name></source></pool>",
                "<pool type='logical'><name>p</name><source><name>vg</name><format type='lvm2'/></source>"
                "<target><path>/dev/vg</path></target></pool>",
                "vg",
            ),
        },
    ),
    "rule": (
        Kind.NETWORK_FILTER,
        {
            proto: (
                f"<filter name='f'><rule action='drop' direction='in'><{proto}/></rule></filter>",
                f"<filter name='f'><rule action='drop' direction='in'><{proto}/></rule></filter>",
                f"<{proto}/>",
            )
            for proto in ("tcp", "all")
        },
    ),
}  # fmt: skip


SWITCHES = [
    (name, left, chosen)
    for name, (_, forms) in CHOICES.items()
    for left, chosen in itertools.permutations(forms, 2)
]


@pytest.mark.parametrize("recorded", [True, False], ids=["edited", "first sight"])
@pytest.mark.parametrize(("choice", "left", "chosen"), SWITCHES)
def test_a_choice_is_replaced_whole(choice: str, left: str, chosen: str, *, recorded: bool) -> None:
    kind, forms = CHOICES[choice]
    before, kept, gone = forms[left]
    wanted = forms[chosen][0]
    found = judged(wanted, kept, Base(before, kept) if recorded else None, kind)
    assert found.differences
    assert {each.cause for each in found.differences} == {Cause.EDITED if recorded else Cause.ADOPTED}
    assert not gone or gone not in found.merged, found.merged
    again = judged(wanted, found.merged, None, kind)
    assert again.differences == ()
    assert again.merged == found.merged


@pytest.mark.parametrize(("choice", "form"), [(c, f) for c, (_, forms) in CHOICES.items() for f in forms])
def test_what_libvirt_adds_to_an_alternative_stays(choice: str, form: str) -> None:
    kind, forms = CHOICES[choice]
    given, kept, _ = forms[form]
    for record in (Base(given, kept), None):
        assert judged(given, kept, record, kind).differences == ()


def test_a_choice_that_was_made_on_the_host_is_made_back() -> None:
    _, forms = CHOICES["NIC"]
    given, kept, _ = forms["bridge"]
    found = judged(given, forms["network"][1], Base(given, kept))
    assert {each.cause for each in found.differences} == {Cause.DRIFTED}
    assert "portgroup" not in found.merged
    assert judged(given, found.merged, Base(given, kept)).differences == ()


def test_a_usb_device_needs_usb() -> None:
    tablet = "<input type='tablet' bus='usb'/>"
    found = judged(domain(devices=tablet), domain(devices="<controller type='usb' index='0' model='none'/>"))
    assert "tablet" in found.merged
    assert "none" not in found.merged


def test_an_address_that_was_given_to_another_device_is_free() -> None:
    given = domain(devices=disk("vda", "/a", PCI) + disk("vdb", "/b"))
    kept = domain(devices=disk("vda", "/a", PCI.replace("0x05", "0x06")) + disk("vdb", "/b", PCI))
    found = judged(given, kept)
    assert found.merged.count("<address") == 1
    assert judged(given, found.merged).differences == ()


@pytest.mark.parametrize("recorded", [True, False], ids=["edited", "first sight"])
def test_another_machine_has_other_buses(*, recorded: bool) -> None:
    plugged = disk("vda", "/a", PCI) + nic("lan", "52:54:00:00:00:01", PCI.replace("0x05", "0x03"))
    controllers = "<controller type='pci' index='0' model='pci-root'/><controller type='ide' index='0'/>"
    given = domain(devices=disk("vda", "/a"))
    kept = domain(devices=plugged + controllers).replace("machine='pc'", "machine='pc-i440fx-7.2'")
    wanted = domain(devices=disk("vda", "/a") + nic("lan")).replace("machine='pc'", "machine='q35'")
    found = judged(wanted, kept, Base(given, kept) if recorded else None)
    assert [part for part in ("controller", "address type", "i440fx") if part in found.merged] == []
    assert "52:54:00:00:00:01" in found.merged
    assert judged(wanted, found.merged).differences == ()


def test_another_version_of_a_machine_has_the_same_buses() -> None:
    kept = domain(devices=disk("vda", "/a", PCI)).replace("machine='pc'", "machine='pc-i440fx-6.0'")
    found = judged(domain(devices=disk("vda", "/a")), kept)
    assert "address type" in found.merged


def test_a_value_that_another_alternative_had_no_use_for_is_set_with_the_new_one() -> None:
    """The record has it as a value that the hypervisor dropped; that was said of the other alternative."""
    more = "<bandwidth><inbound average='9'/></bandwidth>"
    old = domain(devices=f"<interface type='user'>{MAC}{more}</interface>")
    kept = domain(devices=f"<interface type='user'>{MAC}</interface>")
    wanted = domain(devices=f"<interface type='bridge'>{MAC}<source bridge='b'/>{more}</interface>")
    found = judged(wanted, kept, Base(old, kept))
    assert "bandwidth" in found.merged
