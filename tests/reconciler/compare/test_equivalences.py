"""Two spellings of one meaning are equal; two meanings never are."""

from __future__ import annotations

import pytest

from reconciler.compare import Base
from specs.identity import Kind
from tests.reconciler.compare.support import disk, domain, judged, nic, paths

MAC = "52:54:00:00:00:0a"


def _memory(size: str, unit: str) -> str:
    return domain(memory=f"<memory unit='{unit}'>{size}</memory>")


def _machine(name: str) -> str:
    return domain().replace("machine='pc'", f"machine='{name}'")


def _device(text: str) -> str:
    return domain(devices=text)


_CHANNEL = "<channel type='unix'>{}<target type='virtio' name='org.qemu.guest_agent.0'/></channel>"
_AGENT = "/var/lib/libvirt/qemu/channel/target/domain-1-web/org.qemu.guest_agent.0"
_CDROM = "<disk type='{}' device='cdrom'><target dev='sda' bus='sata'/></disk>"
_ISCSI = "<disk type='network' device='disk'><source protocol='iscsi' name='{}'/><target dev='vda'/></disk>"
_ADDRESS = "<address type='pci' domain='{}' bus='{}' slot='{}' function='{}'/>"
_HOSTDEV = "<hostdev mode='subsystem' type='pci' managed='{}'><source><address bus='1'/></source></hostdev>"
_NUMA = "<cpu><numa><cell id='0' cpus='0-1' memory='262144' unit='KiB'/></numa></cpu>"

SAME = {
    "GiB and MiB": (_memory("2", "GiB"), _memory("2048", "MiB")),
    "bytes are rounded up to KiB": (_memory("1025", "bytes"), _memory("2", "KiB")),
    "decimal units": (_memory("1024", "KB"), _memory("1000", "KiB")),
    "current memory is all of it": (domain(), domain("<currentMemory unit='MiB'>512</currentMemory>")),
    "memory is the sum of its cells": (
        domain(_NUMA),
        domain(_NUMA, memory="<memory unit='KiB'>262144</memory>"),
    ),
    "machine alias": (_machine("pc"), _machine("pc-i440fx-7.2")),
    "every vCPU is plugged in": (
        domain(),
        domain().replace("<vcpu>2", "<vcpu placement='static' current='2'>2"),
    ),
    "CPU sets": (
        domain("<cputune><vcpupin vcpu='0' cpuset='0,1,2,3,^2'/></cputune>"),
        domain("<cputune><vcpupin vcpu='0' cpuset='0-1,3'/></cputune>"),
    ),
    "an adjusted clock is variable": (
        domain("<clock offset='utc' adjustment='3600'/>"),
        domain("<clock offset='variable' adjustment='3600' basis='utc'/>"),
    ),
    "a named feature is on": (
        domain("<features><hap/></features>"),
        domain("<features><hap state='on'/></features>"),
    ),
    "unlimited memory": (
        domain("<memtune><hard_limit unit='KiB'>9007199254740991</hard_limit></memtune>"),
        domain(),
    ),
    "hexadecimal addresses": (
        _device(disk("vda", "/a", _ADDRESS.format("0x0000", "0x00", "0x0a", "0x0"))),
        _device(disk("vda", "/a", _ADDRESS.format("0", "0", "10", "0"))),
    ),
    "an address of any kind": (
        _device(disk("vda", "/a", "<address type='pci'/>")),
        _device(disk("vda", "/a", _ADDRESS.format("0x0000", "0x00", "0x0a", "0x0"))),
    ),
    "MAC in capitals": (_device(nic("lan", MAC.upper())), _device(nic("lan", MAC))),
    "NIC model in any case": (
        _device(nic("lan", MAC, "<model type='VirtIO'/>")),
        _device(nic("lan", MAC, "<model type='virtio'/>")),
    ),
    "generated NIC name": (
        _device(nic("lan", MAC, "<target dev='vnet3'/>")),
        _device(nic("lan", MAC)),
    ),
    "chosen port": (
        _device("<graphics type='vnc' port='-1'/>"),
        _device("<graphics type='vnc' port='5901' autoport='yes'/>"),
    ),
    "listen as attribute": (
        _device("<graphics type='vnc' listen='::1'/>"),
        _device(
            "<graphics type='vnc' port='-1' autoport='yes'><listen type='address' address='::1'/></graphics>"
        ),
    ),
    "generated channel path": (
        _device(_CHANNEL.format(f"<source mode='bind' path='{_AGENT}'/>")),
        _device(_CHANNEL.format("")),
    ),
    "empty drive": (_device(_CDROM.format("network")), _device(_CDROM.format("file"))),
    "LUN 0": (_device(_ISCSI.format("iqn.2024-01.org:x")), _device(_ISCSI.format("iqn.2024-01.org:x/0"))),
    "order of devices": (
        _device(disk("vda", "/a") + disk("vdb", "/b")),
        _device(disk("vdb", "/b") + disk("vda", "/a")),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", SAME)
def test_spellings_of_one_meaning_are_equal(case: str) -> None:
    given, kept = SAME[case]
    assert judged(given, kept).differences == ()


OTHER = {
    "memory": (_memory("2", "GiB"), _memory("2", "GB")),
    "machine": (_machine("q35"), _machine("pc-i440fx-7.2")),
    "plugged vCPUs": (domain(), domain().replace("<vcpu>", "<vcpu current='1'>")),
    "CPU set": (
        domain("<cputune><vcpupin vcpu='0' cpuset='0-3,^2'/></cputune>"),
        domain("<cputune><vcpupin vcpu='0' cpuset='0-3'/></cputune>"),
    ),
    "NIC model": (
        _device(nic("lan", MAC, "<model type='e1000'/>")),
        _device(nic("lan", MAC, "<model type='e1000e'/>")),
    ),
    "NIC name": (
        _device(nic("lan", MAC, "<target dev='web0'/>")),
        _device(nic("lan", MAC, "<target dev='web1'/>")),
    ),
    "fixed port": (
        _device("<graphics type='vnc' port='5901'/>"),
        _device("<graphics type='vnc' port='5901' autoport='yes'/>"),
    ),
    "own channel path": (
        _device(_CHANNEL.format("<source mode='bind' path='/srv/agent.sock'/>")),
        _device(_CHANNEL.format("")),
    ),
    "LUN": (_device(_ISCSI.format("iqn.2024-01.org:x/1")), _device(_ISCSI.format("iqn.2024-01.org:x"))),
    "unmanaged host device": (
        _device(_HOSTDEV.format("no")),
        _device(_HOSTDEV.format("yes")),
    ),
    "one queue": (
        _device(nic("lan", MAC, "<driver name='vhost' queues='1'/>")),
        _device(nic("lan", MAC, "<driver name='vhost' queues='4'/>")),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", OTHER)
def test_other_meanings_differ(case: str) -> None:
    given, kept = OTHER[case]
    assert judged(given, kept).differences


NETWORK = "<network><name>n</name>{}</network>"
NETWORKS = {
    "netmask": (
        "<ip address='10.0.0.1' netmask='255.255.240.0'/>",
        "<ip family='ipv4' address='10.0.0.1' prefix='20'/>",
    ),
    "forward is nat": ("<forward/>", "<forward mode='nat'/>"),
    "forward device": ("<forward dev='eth0'/>", "<forward mode='nat'><interface dev='eth0'/></forward>"),
    "no IPv6": ("", ""),
}


@pytest.mark.parametrize("case", NETWORKS)
def test_spellings_of_a_network_are_equal(case: str) -> None:
    given, kept = (NETWORK.format(text) for text in NETWORKS[case])
    assert judged(given, kept, None, Kind.NETWORK).differences == ()
    assert judged(kept, given, None, Kind.NETWORK).differences == ()


def test_a_network_says_whether_it_has_ipv6() -> None:
    off, on = "<network ipv6='no'><name>n</name></network>", "<network ipv6='yes'><name>n</name></network>"
    assert judged(off, NETWORK.format(""), None, Kind.NETWORK).differences == ()
    assert paths(judged(off, on, None, Kind.NETWORK)) == ["@ipv6"]


def test_a_pool_is_equal_whatever_its_slashes_and_sizes() -> None:
    given = "<pool type='dir'><name>p</name><target><path>///srv//img/</path></target></pool>"
    kept = (
        "<pool type='dir'><name>p</name><capacity unit='bytes'>5</capacity>"
        "<target><path>/srv/img</path><permissions><mode>0755</mode></permissions></target></pool>"
    )
    assert judged(given, kept, None, Kind.STORAGE_POOL).differences == ()
    other = kept.replace("/srv/img", "/srv/other")
    assert paths(judged(given, other, None, Kind.STORAGE_POOL)) == ["target/path"]


def test_a_volume_keeps_its_size_mode_and_owner() -> None:
    given = (
        "<volume><name>v</name><capacity unit='GiB'>1</capacity>"
        "<target><permissions><mode>0644</mode></permissions></target></volume>"
    )
    kept = (
        "<volume type='file'><name>v</name><key>/v</key><capacity unit='bytes'>1073741824</capacity>"
        "<allocation unit='bytes'>4096</allocation><target><path>/v</path>"
        "<permissions><mode>0644</mode><owner>0</owner></permissions></target></volume>"
    )
    assert judged(given, kept, None, Kind.VOLUME).differences == ()
    other = kept.replace("1073741824", "1073741825")
    assert paths(judged(given, other, None, Kind.VOLUME)) == ["capacity"]


def test_a_raw_volume_with_an_iso_image_in_it_is_raw() -> None:
    volume = "<volume><name>v</name><target><format type='{}'/></target></volume>"
    assert judged(volume.format("raw"), volume.format("iso"), None, Kind.VOLUME).differences == ()
    other = judged(volume.format("raw"), volume.format("qcow2"), None, Kind.VOLUME)
    assert paths(other) == ["target/format/@type"]


def test_permissions_count_only_against_the_record() -> None:
    pool = "<pool type='dir'><name>p</name><target><permissions><mode>{}</mode></permissions></target></pool>"
    given, kept = pool.format("0755"), pool.format("0711")
    assert judged(given, kept, None, Kind.STORAGE_POOL).differences == ()
    assert judged(given, kept, None, Kind.STORAGE_POOL).rewritten != ()
    assert paths(judged(given, kept, Base(given, given), Kind.STORAGE_POOL)) == ["target/permissions/mode"]


def test_metadata_without_a_namespace_or_of_one_twice_is_not_kept() -> None:
    given = domain(
        "<metadata><x/><a:one xmlns:a='urn:a'>1</a:one><a:two xmlns:a='urn:a'>2</a:two></metadata>"
    )
    kept = domain("<metadata><a:one xmlns:a='urn:a'>1</a:one></metadata>")
    assert judged(given, kept, Base(given, kept)).differences == ()
    assert judged(given, kept, Base(given, kept)).rewritten == ()
