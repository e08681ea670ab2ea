"""What only the host has: whose it is, with a record and without, and what a start adds."""

from __future__ import annotations

import pytest

from reconciler.compare import Base
from reconciler.compare.model import Cause
from specs.identity import Kind
from tests.reconciler.compare.support import disk, domain, facts, judged, live, nic, paths

MAC = "52:54:00:00:00:01"
DECLARABLE = {
    "disk": disk("vda", "/a"),
    "interface": nic("lan", MAC),
    "hostdev": "<hostdev mode='subsystem' type='pci'><source><address bus='1'/></source></hostdev>",
    "filesystem": "<filesystem><source dir='/a'/><target dir='a'/></filesystem>",
    "channel": "<channel type='unix'><target type='virtio' name='a'/></channel>",
    "graphics": "<graphics type='vnc'/>",
    "sound": "<sound model='ich9'/>",
    "tpm": "<tpm model='tpm-crb'><backend type='emulator' version='2.0'/></tpm>",
    "rng": "<rng model='virtio'><backend model='random'>/r</backend></rng>",
    "redirdev": "<redirdev bus='usb' type='tcp'/>",
    "smartcard": "<smartcard mode='host'/>",
    "shmem": "<shmem name='s'/>",
    "memory": "<memory model='dimm'><target><size>1</size></target></memory>",
    "iommu": "<iommu model='intel'/>",
    "vsock": "<vsock model='virtio'/>",
    "lease": "<lease><lockspace>a</lockspace><key>k</key></lease>",
    "parallel": "<parallel type='pty'><target port='0'/></parallel>",
}
ADDED = {
    "controller": "<controller type='usb' index='0'/>",
    "input": "<input type='mouse' bus='ps2'/>",
    "console": "<console type='pty'><target type='serial' port='0'/></console>",
    "serial": "<serial type='pty'><target port='0'/></serial>",
    "video": "<video><model type='vga'/></video>",
    "memballoon": "<memballoon model='virtio'/>",
    "audio": "<audio id='1' type='none'/>",
    "hub": "<hub type='usb'/>",
}


@pytest.mark.parametrize("tag", DECLARABLE)
def test_what_nobody_but_a_person_adds_is_a_difference_without_a_record(tag: str) -> None:
    found = judged(domain(), domain(devices=DECLARABLE[tag]))
    assert [path.partition("[")[0] for path in paths(found)] == [f"devices/{tag}"]


@pytest.mark.parametrize("tag", ADDED)
def test_what_a_hypervisor_adds_is_none(tag: str) -> None:
    assert paths(judged(domain(), domain(devices=ADDED[tag]))) == []


@pytest.mark.parametrize("tag", sorted({*DECLARABLE, *ADDED} - {"controller", "audio", "hub"}))
def test_with_a_record_whatever_was_not_there_is_drift(tag: str) -> None:
    text = {**DECLARABLE, **ADDED}[tag]
    found = judged(domain(), domain(devices=text), Base(domain(), domain()))
    assert {difference.cause for difference in found.differences} == {Cause.DRIFTED}
    assert judged(domain(), domain(devices=text), Base(domain(), domain(devices=text))).differences == ()


@pytest.mark.parametrize("tag", ["controller", "audio", "hub"])
def test_what_is_the_hypervisors_own_is_never_a_difference(tag: str) -> None:
    with_it = domain(devices=ADDED[tag])
    assert judged(domain(), with_it, Base(domain(), domain())).differences == ()
    assert judged(domain(), domain(), Base(domain(), with_it)).differences == ()


ENTRIES = {
    "ip": "<ip address='10.0.0.1' prefix='24'/>",
    "route": "<route address='10.1.0.0' prefix='16' gateway='10.0.0.2'/>",
    "portgroup": "<portgroup name='a'/>",
    "dns/host": "<dns><host ip='10.0.0.5'><hostname>a</hostname></host></dns>",
    "dns/txt": "<dns><txt name='a' value='b'/></dns>",
    "dns/srv": "<dns><srv service='a' protocol='tcp' target='t'/></dns>",
    "dns/forwarder": "<dns><forwarder addr='8.8.8.8'/></dns>",
}


@pytest.mark.parametrize("entry", ENTRIES)
def test_an_entry_of_a_network_is_a_difference_without_a_record(entry: str) -> None:
    other = {"dns/host": "<dns><host ip='10.0.0.9'><hostname>z</hostname></host></dns>"}
    keep = other.get(entry, "<dns><host ip='10.0.0.5'><hostname>a</hostname></host></dns>")
    inside = entry.startswith("dns/")
    plain = f"<network><name>n</name>{keep if inside else ''}</network>"
    more = plain.replace("</network>", f"{ENTRIES[entry]}</network>")
    if inside:
        more = plain.replace("</dns>", ENTRIES[entry].removeprefix("<dns>"))
    found = judged(plain, more, None, Kind.NETWORK)
    assert [path.partition("[")[0] for path in paths(found)] == [entry]


@pytest.mark.parametrize(
    ("entry", "text"),
    [("ip/dhcp/host", "<host mac='52:54:00:00:00:01' ip='10.0.0.5'/>"),
     ("ip/dhcp/range", "<range start='10.0.0.5' end='10.0.0.9'/>")],
)  # fmt: skip
def test_a_lease_that_somebody_added_is_a_difference_without_a_record(entry: str, text: str) -> None:
    network = "<network><name>n</name><ip address='10.0.0.1' prefix='24'>{}</ip></network>"
    kept = "<range start='10.0.0.50' end='10.0.0.60'/>"
    plain, more = network.format(f"<dhcp>{kept}</dhcp>"), network.format(f"<dhcp>{kept}{text}</dhcp>")
    (path,) = paths(judged(plain, more, None, Kind.NETWORK))
    assert path.endswith(("]", "range"))
    assert path.split("[")[0] == "ip"
    assert paths(judged(network.format(""), more, None, Kind.NETWORK)) == ["ip[10.0.0.1]/dhcp"]


def test_what_is_declared_no_more_goes_and_what_was_the_hypervisors_stays() -> None:
    old, new = domain("<title>a</title><description>b</description>"), domain("<description>b</description>")
    assert facts(judged(new, old, Base(old, old))) == [("title", None, "a", Cause.EDITED)]
    assert judged(new, old, Base(new, old)).differences == ()


def test_what_was_there_and_is_gone_comes_back_with_its_address() -> None:
    address = "<address type='pci' bus='0' slot='7'/>"
    given, kept = domain(devices=disk("vda", "/a")), domain(devices=disk("vda", "/a", address))
    found = judged(given, domain(), Base(given, kept))
    assert [(d.path, d.cause) for d in found.differences] == [("devices/disk[vda]", Cause.DRIFTED)]
    assert 'slot="7"' in found.merged
    lost = judged(domain(), domain(), Base(domain(), domain(devices=ADDED["memballoon"])))
    assert [(d.path, d.cause) for d in lost.differences] == [("devices/memballoon", Cause.DRIFTED)]


@pytest.mark.parametrize("same", [True, False])
def test_after_an_upgrade_a_new_default_is_not_taken_for_drift_and_a_changed_one_is(same: bool) -> None:
    before, now = (
        domain(devices=f"<watchdog model='i6300esb' action='{act}'/>") for act in ("reset", "none")
    )
    given = domain(devices="<watchdog model='i6300esb'/>")
    found = judged(given, now, Base(given, before, same))
    assert [d.cause for d in found.differences] == [Cause.DRIFTED]
    more = now.replace("</devices>", f"{ADDED['memballoon']}</devices>")
    assert bool(judged(given, more, Base(given, now, same)).differences) is same


TUNES = {
    "cputune": "<cputune><shares>7</shares></cputune>",
    "memtune": "<memtune><hard_limit unit='KiB'>7</hard_limit></memtune>",
    "blkiotune": "<blkiotune><weight>700</weight></blkiotune>",
}


@pytest.mark.parametrize("group", TUNES)
def test_a_group_of_values_is_told_value_by_value(group: str) -> None:
    (path,) = paths(judged(domain(TUNES[group]), domain()))
    assert path.startswith(f"{group}/")


def test_the_limits_of_a_disk_are_told_value_by_value() -> None:
    limited = disk("vda", "/a", "<iotune><read_iops_sec>1</read_iops_sec></iotune>")
    found = judged(domain(devices=limited), domain(devices=disk("vda", "/a")))
    assert paths(found) == ["devices/disk[vda]/iotune/read_iops_sec"]


@pytest.mark.parametrize("tag", ["disk", "watchdog", "sound", "tpm"])
def test_another_bus_takes_the_address_along(tag: str) -> None:
    address = "<address type='pci' bus='0' slot='7'/>"
    given, kept = {
        "disk": (disk("vda", "/a").replace("virtio", "scsi"), disk("vda", "/a", address)),
        "watchdog": ("<watchdog model='ib700'/>", f"<watchdog model='i6300esb'>{address}</watchdog>"),
        "sound": ("<sound model='sb16'/>", f"<sound model='ich9'>{address}</sound>"),
        "tpm": ("<tpm model='tpm-tis'/>", f"<tpm model='tpm-crb'>{address}</tpm>"),
    }[tag]
    assert "slot=" not in judged(domain(devices=given), domain(devices=kept)).merged
    declared = given.replace("/>", f">{address}</{tag}>") if tag != "disk" else disk("vda", "/a", address)
    assert "slot=" in judged(domain(devices=declared), domain(devices=kept)).merged


STARTED = {
    "a firmware that was chosen": (
        domain().replace("<os>", "<os firmware='efi'>"),
        domain().replace("</os>", "<loader readonly='yes'>/f</loader><nvram>/n</nvram></os>"),
    ),
    "an empty drive": (
        domain(devices="<disk device='cdrom'><driver name='qemu' type='raw'/><target dev='sda'/></disk>"),
        domain(devices="<disk device='cdrom'><driver name='qemu'/><target dev='sda'/></disk>"),
    ),
    "a clock that follows the guest": (
        domain("<clock offset='variable' basis='utc' adjustment='0'/>"),
        domain("<clock offset='variable' basis='utc' adjustment='17'/>"),
    ),
    "memory in whole MiB": (
        domain("<currentMemory>524000</currentMemory>", memory="<memory>524000</memory>"),
        domain("<currentMemory>524288</currentMemory>", memory="<memory>524288</memory>"),
    ),
    "a generation that was chosen": (
        domain("<genid/>"), domain("<genid>6f1d9d5a-2f0b-5c0e-9b57-6f2a3c1d8e40</genid>"),
    ),
    "a CPU that follows the host": (
        domain("<cpu mode='host-model'/>"),
        domain("<cpu mode='custom' check='full'><model>Haswell</model><feature name='x'/></cpu>"),
    ),
    "how a CPU was checked": (
        domain("<cpu mode='custom'><model>Haswell</model></cpu>"),
        domain("<cpu mode='custom' check='partial' migratable='on'><model>Haswell</model></cpu>"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", STARTED)
def test_what_a_start_chooses_is_no_difference(case: str) -> None:
    found = live(*STARTED[case])
    assert (found.changes, found.pending) == ((), ())


def test_a_topology_and_a_named_cpu_are_still_compared_while_it_runs() -> None:
    topology = "<cpu mode='host-model'><topology sockets='1' cores='{}' threads='1'/></cpu>"
    assert live(domain(topology.format(2)), domain(topology.format(1))).pending
    named = "<cpu mode='custom'><model>{}</model></cpu>"
    assert live(domain(named.format("Haswell")), domain(named.format("Nehalem"))).pending
