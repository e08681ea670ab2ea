"""One meaning, many spellings: each pair is equal both ways round, and its near miss is not."""

from __future__ import annotations

import pytest

from specs.identity import Kind
from tests.reconciler.compare.support import assert_spelling, domain

Case = tuple[str, str, str]
"""What is declared, how it is kept, and something like it that means another thing."""


def _numa(cells: str, vcpus: int = 4) -> str:
    return domain(f"<cpu><numa>{cells}</numa></cpu>").replace("<vcpu>2", f"<vcpu>{vcpus}")


def _user_nic(inner: str) -> str:
    return domain(devices=f"<interface type='user'>{inner}</interface>")


def _iscsi(host: str) -> str:
    return f"<pool type='iscsi'><name>p</name><source>{host}<device path='iqn.x'/></source></pool>"


def _adapter(more: str) -> str:
    adapter = f"<adapter type='fc_host' wwnn='1' wwpn='2' {more}/>"
    return f"<pool type='scsi'><name>p</name><source>{adapter}</source></pool>"


def _group(name: str, path: str, kind: str = "logical") -> str:
    source = f"<source><name>{name}</name></source>"
    return f"<pool type='{kind}'><name>p</name>{source}<target><path>{path}</path></target></pool>"


def _efi(inner: str) -> str:
    return domain().replace("<os>", "<os firmware='efi'>").replace("</os>", f"{inner}</os>")


def _tables(uuid: str) -> str:
    return domain(f"<sysinfo type='smbios'><system><entry name='uuid'>{uuid}</entry></system></sysinfo>")


DOMAINS: dict[str, Case] = {
    "more memory than there is": (
        domain("<currentMemory unit='MiB'>900</currentMemory>"), domain(),
        domain("<currentMemory unit='MiB'>511</currentMemory>"),
    ),
    "no memory at first is all of it": (
        domain("<currentMemory>0</currentMemory>"), domain(), domain("<currentMemory>1</currentMemory>"),
    ),
    "the most memory": (
        domain("<maxMemory slots='2' unit='GiB'>1</maxMemory>"),
        domain("<maxMemory slots='2' unit='MiB'>1024</maxMemory>"),
        domain("<maxMemory slots='2' unit='MiB'>1025</maxMemory>"),
    ),
    "leading zeros of a count": (
        domain().replace("<vcpu>2", "<vcpu>02"), domain(), domain().replace("<vcpu>2", "<vcpu>3"),
    ),
    "CPUs are placed with their memory": (
        domain("<numatune><memory placement='auto'/></numatune>"),
        domain("<numatune><memory placement='auto'/></numatune>").replace("<vcpu", "<vcpu placement='auto'"),
        domain("<numatune><memory placement='static' nodeset='0'/></numatune>").replace(
            "<vcpu", "<vcpu placement='auto'"),
    ),
    "a model may fall back": (
        domain("<cpu><model fallback='allow'>Haswell</model></cpu>"),
        domain("<cpu><model>Haswell</model></cpu>"),
        domain("<cpu><model fallback='forbid'>Haswell</model></cpu>"),
    ),
    "a processor that says nothing": (
        domain("<cpu><model fallback='allow'/></cpu>"), domain(), domain("<cpu mode='host-model'/>"),
    ),
    "a boot menu that is off has no time-out": (
        domain().replace("</os>", "<bootmenu enable='no' timeout='3'/></os>"),
        domain().replace("</os>", "<bootmenu enable='no'/></os>"),
        domain().replace("</os>", "<bootmenu enable='yes' timeout='3'/></os>"),
    ),
    "the older word for Linux": (
        domain().replace(">hvm<", ">xen<"), domain().replace(">hvm<", ">linux<"), domain(),
    ),
    "pages of a hash table": (
        domain("<features><hpt><maxpagesize unit='MiB'>1</maxpagesize></hpt></features>"),
        domain("<features><hpt><maxpagesize unit='KiB'>1024</maxpagesize></hpt></features>"),
        domain("<features><hpt><maxpagesize unit='KiB'>64</maxpagesize></hpt></features>"),
    ),
    "the format of variables that the host makes": (
        _efi("<loader format='raw'/><nvram format='qcow2'/>"),
        _efi("<loader format='raw'/><nvram format='raw'/>"),
        _efi("<loader format='qcow2'/><nvram format='qcow2'/>"),
    ),
    "the cache of a translator": (
        domain("<features><tcg><tb-cache unit='MiB'>128</tb-cache></tcg></features>"),
        domain("<features><tcg><tb-cache unit='KiB'>131072</tb-cache></tcg></features>"),
        domain("<features><tcg><tb-cache unit='KiB'>128</tb-cache></tcg></features>"),
    ),
    "the UUID of a machine's tables": (
        _tables("C04EF1F9 4B3D5B1C8B0C7A8F1D2A3B4D"),
        _tables("c04ef1f9-4b3d-5b1c-8b0c-7a8f1d2a3b4d"),
        _tables("c04ef1f9-4b3d-5b1c-8b0c-7a8f1d2a3b4e"),
    ),
    "enlightenments are on": (
        domain("<features><hyperv><relaxed/></hyperv></features>"),
        domain("<features><hyperv><relaxed state='on'/></hyperv></features>"),
        domain("<features><hyperv><relaxed state='off'/></hyperv></features>"),
    ),
    "a local clock that is adjusted": (
        domain("<clock offset='localtime' adjustment='60'/>"),
        domain("<clock offset='variable' adjustment='60' basis='localtime'/>"),
        domain("<clock offset='variable' adjustment='60' basis='utc'/>"),
    ),
    "a variable clock without an adjustment": (
        domain("<clock offset='variable'/>"), domain("<clock offset='variable' basis='utc' adjustment='0'/>"),
        domain("<clock offset='variable' basis='utc' adjustment='1'/>"),
    ),
    "a timer that need not catch up": (
        domain("<clock offset='utc'><timer name='pit'><catchup/></timer></clock>"),
        domain("<clock offset='utc'><timer name='pit'/></clock>"),
        domain("<clock offset='utc'><timer name='pit'><catchup slew='5'/></timer></clock>"),
    ),
    "schedulers one by one": (
        domain("<cputune><vcpusched vcpus='0-1' scheduler='fifo'/></cputune>"),
        domain("<cputune><vcpusched vcpus='0' scheduler='fifo'/>"
               "<vcpusched vcpus='1' scheduler='fifo'/></cputune>"),
        domain("<cputune><vcpusched vcpus='0' scheduler='fifo'/>"
               "<vcpusched vcpus='1' scheduler='rr'/></cputune>"),
    ),
    "schedulers of I/O threads one by one": (
        domain("<cputune><iothreadsched iothreads='1-2' scheduler='fifo'/></cputune>"),
        domain("<cputune><iothreadsched iothreads='1' scheduler='fifo'/>"
               "<iothreadsched iothreads='2' scheduler='fifo'/></cputune>"),
        domain("<cputune><iothreadsched iothreads='1' scheduler='fifo'/>"
               "<iothreadsched iothreads='3' scheduler='fifo'/></cputune>"),
    ),
    "sizes of pages": (
        domain("<memoryBacking><hugepages><page size='2' unit='M'/></hugepages></memoryBacking>"),
        domain("<memoryBacking><hugepages><page size='2048' unit='KiB'/></hugepages></memoryBacking>"),
        domain("<memoryBacking><hugepages><page size='1' unit='G'/></hugepages></memoryBacking>"),
    ),
    "limits of memory": (
        domain("<memtune><soft_limit unit='MiB'>1</soft_limit></memtune>"),
        domain("<memtune><soft_limit unit='KiB'>1024</soft_limit></memtune>"),
        domain("<memtune><soft_limit unit='KiB'>1023</soft_limit></memtune>"),
    ),
    "a label that each start chooses": (
        domain("<seclabel type='dynamic' model='selinux'/>"), domain(),
        domain("<seclabel type='static' model='selinux'><label>l</label></seclabel>"),
    ),
    "the label of what runs": (
        domain("<seclabel type='static' model='dac'><label>l</label><imagelabel>i</imagelabel></seclabel>"),
        domain("<seclabel type='static' model='dac'><label>l</label></seclabel>"),
        domain("<seclabel type='static' model='dac'><label>m</label></seclabel>"),
    ),
    "the partition where guests are anyhow": (
        domain("<resource><partition>/machine</partition></resource>"), domain(),
        domain("<resource><partition>/other</partition></resource>"),
    ),
    "cells are numbered": (
        _numa("<cell cpus='0-1' memory='1'/><cell cpus='2-3' memory='2'/>"),
        _numa("<cell id='0' cpus='0-1' memory='1'/><cell id='1' cpus='2-3' memory='2'/>"),
        _numa("<cell id='1' cpus='0-1' memory='1'/><cell id='0' cpus='2-3' memory='2'/>"),
    ),
    "the first cell takes what none has": (
        _numa("<cell id='0' cpus='0' memory='1'/><cell id='1' cpus='1' memory='1'/>"),
        _numa("<cell id='0' cpus='0,2-3' memory='1'/><cell id='1' cpus='1' memory='1'/>"),
        _numa("<cell id='0' cpus='0' memory='1'/><cell id='1' cpus='1-3' memory='1'/>"),
    ),
    "caches of CPUs that there are not": (
        domain("<cputune><cachetune vcpus='0-5'><cache id='0' size='1'/></cachetune></cputune>"),
        domain("<cputune><cachetune vcpus='0-1'><cache id='0' size='1'/></cachetune></cputune>"),
        domain("<cputune><cachetune vcpus='0'><cache id='0' size='1'/></cachetune></cputune>"),
    ),
    "bandwidth of CPUs that there are not": (
        domain("<cputune><memorytune vcpus='4-5'><node id='0' bandwidth='20'/></memorytune></cputune>"),
        domain(),
        domain("<cputune><memorytune vcpus='0-1'><node id='0' bandwidth='20'/></memorytune></cputune>"),
    ),
    "a UUID in any dress": (
        domain("<uuid>6F1D9D5A2F0B5C0E9B576F2A3C1D8E40</uuid>"),
        domain("<uuid>6f1d9d5a-2f0b-5c0e-9b57-6f2a3c1d8e40</uuid>"),
        domain("<uuid>6f1d9d5a-2f0b-5c0e-9b57-6f2a3c1d8e41</uuid>"),
    ),
    "a MAC without its zeros": (
        domain(devices="<interface type='network'><mac address='52:54:0:0:0:A'/></interface>"),
        domain(devices="<interface type='network'><mac address='52:54:00:00:00:0a'/></interface>"),
        domain(devices="<interface type='network'><mac address='52:54:00:00:00:a0'/></interface>"),
    ),
    "an IPv6 address of a guest": (
        _user_nic("<ip family='ipv6' address='FD00:0::00AB' prefix='64'/>"),
        _user_nic("<ip family='ipv6' address='fd00::ab' prefix='64'/>"),
        _user_nic("<ip family='ipv6' address='fd00::ac' prefix='64'/>"),
    ),
    "an IPv6 address where a guest is watched": (
        domain(devices="<graphics type='vnc' listen='FD00:0:0:0:0:0:0:1'/>"),
        domain(devices="<graphics type='vnc'><listen type='address' address='fd00::1'/></graphics>"),
        domain(devices="<graphics type='vnc'><listen type='address' address='fd00::2'/></graphics>"),
    ),
    "a host device's place": (
        domain(devices="<hostdev mode='subsystem' type='pci'><source>"
               "<address bus='1' slot='0x02'/></source></hostdev>"),
        domain(devices="<hostdev mode='subsystem' type='pci' managed='no'><source>"
               "<address domain='0' bus='0x01' slot='2' function='0'/></source></hostdev>"),
        domain(devices="<hostdev mode='subsystem' type='pci'><source>"
               "<address bus='1' slot='3'/></source></hostdev>"),
    ),
}  # fmt: skip

NETWORKS: dict[str, Case] = {
    "IPv4 is what a family is without a word": (
        "<ip family='ipv4' address='10.0.0.1' prefix='24'/>", "<ip address='10.0.0.1' prefix='24'/>",
        "<ip family='ipv6' address='10.0.0.1' prefix='24'/>",
    ),
    "a route's netmask": (
        "<route address='10.1.0.0' netmask='255.255.0.0' gateway='10.0.0.2'/>",
        "<route address='10.1.0.0' prefix='16' gateway='10.0.0.2'/>",
        "<route address='10.1.0.0' prefix='17' gateway='10.0.0.2'/>",
    ),
    "IPv6 in full": (
        "<dns><host ip='FD00:0::5'><hostname>a</hostname></host><forwarder addr='fd00:0:0:0::9'/></dns>"
        "<ip family='ipv6' address='fd00:0::0001' prefix='64'>"
        "<dhcp><range start='fd00:0:0::100' end='fd00::1FF'/><host name='v' ip='fd00::0021'/></dhcp></ip>"
        "<route family='ipv6' address='fd01:0:0::' prefix='64' gateway='fd00:0::2'/>",
        "<dns><host ip='fd00::5'><hostname>a</hostname></host><forwarder addr='fd00::9'/></dns>"
        "<ip family='ipv6' address='fd00::1' prefix='64'><dhcp><range start='fd00::100' end='fd00::1ff'/>"
        "<host name='v' ip='fd00::21'/></dhcp></ip>"
        "<route family='ipv6' address='fd01::' prefix='64' gateway='fd00::2'/>",
        "<dns><host ip='fd00::5'><hostname>a</hostname></host><forwarder addr='fd00::9'/></dns>"
        "<ip family='ipv6' address='fd00::1' prefix='64'><dhcp><range start='fd00::100' end='fd00::1ff'/>"
        "<host name='v' ip='fd00::22'/></dhcp></ip>"
        "<route family='ipv6' address='fd01::' prefix='64' gateway='fd00::2'/>",
    ),
    "IPv4 within IPv6": (
        "<ip family='ipv6' address='::ffff:10.0.0.1' prefix='64'/>",
        "<ip family='ipv6' address='::FFFF:a00:1' prefix='64'/>",
        "<ip family='ipv6' address='::ffff:10.0.0.2' prefix='64'/>",
    ),
    "colons that are no address": (
        "<domain name='a::b::c'/>", "<domain name='a::b::c'/>", "<domain name='A::b::c'/>",
    ),
    "a netmask that is none": (
        "<ip address='10.0.0.1' netmask='1.2.3.4'/>", "<ip address='10.0.0.1' netmask='1.2.3.4'/>",
        "<ip address='10.0.0.1' netmask='1.2.3.5'/>",
    ),
    "a forward device that is listed already": (
        "<forward dev='eth0' mode='nat'><interface dev='eth0'/></forward>",
        "<forward mode='nat'><interface dev='eth0'/></forward>",
        "<forward mode='nat'><interface dev='eth1'/></forward>",
    ),
    "who is connected": (
        "<forward mode='bridge'><interface dev='eth0' connections='3'/></forward>",
        "<forward mode='bridge'><interface dev='eth0'/></forward>",
        "<forward mode='passthrough'><interface dev='eth0'/></forward>",
    ),
}  # fmt: skip

POOLS: dict[str, Case] = {
    "a folder of a server": (
        "<pool type='netfs'><name>p</name><source><host name='h'/><dir path='/srv//x/'/></source></pool>",
        "<pool type='netfs'><name>p</name><source><host name='h'/><dir path='/srv/x'/></source></pool>",
        "<pool type='netfs'><name>p</name><source><host name='h'/><dir path='/srv/y'/></source></pool>",
    ),
    "two slashes in front": (
        "<pool type='dir'><name>p</name><target><path>//srv/x</path></target></pool>",
        "<pool type='dir'><name>p</name><target><path>//srv//x/</path></target></pool>",
        "<pool type='dir'><name>p</name><target><path>/srv/x</path></target></pool>",
    ),
    "what a disk has left": (
        "<pool type='disk'><name>p</name><source><device path='/dev/vdb'><freeExtent start='1' end='2'/>"
        "</device></source></pool>",
        "<pool type='disk'><name>p</name><source><device path='/dev/vdb'/></source></pool>",
        "<pool type='disk'><name>p</name><source><device path='/dev/vdc'/></source></pool>",
    ),
    "the usual port of iSCSI": (
        _iscsi("<host name='h'/>"), _iscsi("<host name='h' port='3260'/>"),
        _iscsi("<host name='h' port='3261'/>"),
    ),
    "a disk without a word on its partitions": (
        "<pool type='disk'><name>p</name><source><format type='unknown'/></source></pool>",
        "<pool type='disk'><name>p</name><source><format type='dos'/></source></pool>",
        "<pool type='disk'><name>p</name><source><format type='gpt'/></source></pool>",
    ),
    "an adapter that is made when it is needed": (
        _adapter("managed='yes'"), _adapter(""), _adapter("managed='no'"),
    ),
    "a set of ZFS is found by its name": (
        _group("tank/vm", "/any", "zfs"), _group("tank/vm", "/dev/zvol/tank/vm", "zfs"),
        _group("tank/ct", "/dev/zvol/tank/ct", "zfs"),
    ),
    "a volume group is found by its name": (
        _group("vg", "/any"),
        _group("vg", "/dev/vg"),
        _group("wg", "/dev/wg"),
    ),
}  # fmt: skip


def _network(inner: str) -> str:
    return f"<network><name>n</name>{inner}</network>"


CASES = [
    *(pytest.param(Kind.DOMAIN, *case, id=name) for name, case in DOMAINS.items()),
    *(pytest.param(Kind.NETWORK, *map(_network, case), id=name) for name, case in NETWORKS.items()),
    *(pytest.param(Kind.STORAGE_POOL, *case, id=name) for name, case in POOLS.items()),
]


@pytest.mark.parametrize(("kind", "given", "kept", "other"), CASES)
def test_a_spelling_is_no_difference_and_a_meaning_is(kind: Kind, given: str, kept: str, other: str) -> None:
    assert_spelling(kind, given, kept, other)
