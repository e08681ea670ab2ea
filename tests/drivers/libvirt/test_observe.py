"""One look at a host: complete, consistent while it changes, and cheap."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import libvirt
import pytest

from drivers.contract.complete import CompleteHost
from specs.desired import PowerState
from specs.identity import Kind
from tests.support.daemons import LibvirtHost

DOMAIN = (
    "<domain type='qemu'><name>{}</name><memory unit='MiB'>32</memory>"
    "<os><type arch='x86_64' machine='pc'>hvm</type></os></domain>"
)


@pytest.fixture
def virsh(empty_host: LibvirtHost) -> Iterator[libvirt.virConnect]:
    """Somebody else's connection to the same host."""
    handle = libvirt.open(empty_host.qemu)
    yield handle
    handle.close()


def test_states_are_told_apart(driver: CompleteHost, virsh: libvirt.virConnect) -> None:
    for name in ("off", "on", "held", "auto"):
        virsh.defineXML(DOMAIN.format(name))
    virsh.lookupByName("on").create()
    virsh.lookupByName("held").createWithFlags(libvirt.VIR_DOMAIN_START_PAUSED)
    virsh.lookupByName("auto").setAutostart(1)
    virsh.createXML(DOMAIN.format("passing"))
    seen = {
        name: found
        for (kind, name), found in driver.observe.inventory().objects.items()
        if kind is Kind.DOMAIN
    }
    assert {name: found.power for name, found in seen.items()} == {
        "off": PowerState.STOPPED,
        "on": PowerState.RUNNING,
        "held": PowerState.PAUSED,
        "auto": PowerState.STOPPED,
        "passing": PowerState.RUNNING,
    }
    assert [name for name, found in seen.items() if found.autostart] == ["auto"]
    assert [name for name, found in seen.items() if not found.persistent] == ["passing"]
    assert {name for name, found in seen.items() if found.live} == {"on", "held", "passing"}
    for name, found in seen.items():
        assert driver.observe.one(Kind.DOMAIN, name) == found


def test_every_kind_is_seen(
    driver: CompleteHost, virsh: libvirt.virConnect, libvirt_host: LibvirtHost
) -> None:
    folder = libvirt_host.images
    virsh.networkDefineXML("<network><name>lan</name></network>").setAutostart(1)
    for name in ("open", "shut"):
        virsh.storagePoolDefineXML(
            f"<pool type='dir'><name>{name}</name><target><path>{folder}/{name}</path></target></pool>"
        ).build()
    pool = virsh.storagePoolLookupByName("open")
    pool.create()
    pool.createXML("<volume><name>a.raw</name><capacity unit='MiB'>1</capacity></volume>")
    virsh.secretDefineXML("<secret><usage type='ceph'><name>key</name></usage></secret>")
    virsh.nwfilterDefineXML("<filter name='own' chain='root'/>")
    inventory = driver.observe.inventory()
    expected = {
        (Kind.NETWORK, "lan"),
        (Kind.STORAGE_POOL, "open"),
        (Kind.STORAGE_POOL, "shut"),
        (Kind.VOLUME, "open/a.raw"),
        (Kind.SECRET, "ceph:key"),
        (Kind.NETWORK_FILTER, "own"),
    }
    assert expected <= set(inventory.objects)
    assert inventory.objects[Kind.NETWORK, "lan"].autostart
    assert inventory.objects[Kind.SECRET, "ceph:key"].has_value is False
    # What is in an inactive pool is unknown, and never taken for absent.
    assert set(inventory.failures) == {(Kind.VOLUME, "shut/*")}
    assert inventory.version.startswith("libvirt ")
    for kind, name in expected:
        assert driver.observe.one(kind, name) == inventory.objects[kind, name]


def test_what_is_not_there_is_none(driver: CompleteHost) -> None:
    for kind, name in [
        (Kind.DOMAIN, "no"),
        (Kind.NETWORK, "no"),
        (Kind.STORAGE_POOL, "no"),
        (Kind.VOLUME, "no/no"),
        (Kind.SECRET, "ceph:no"),
        (Kind.SECRET, "6f1d9d5a-2f0b-4c0e-9b57-6f2a3c1d8e40"),
        (Kind.NETWORK_FILTER, "no"),
    ]:
        assert driver.observe.one(kind, name) is None


def test_a_pool_that_fills_up_keeps_its_document(driver: CompleteHost, virsh: libvirt.virConnect) -> None:
    pool = virsh.storagePoolDefineXML(
        "<pool type='dir'><name>p</name><target><path>/var/lib/libvirt/images</path></target></pool>"
    )
    pool.create()
    before = driver.observe.one(Kind.STORAGE_POOL, "p")
    pool.createXML(
        "<volume><name>a</name><capacity unit='MiB'>4</capacity>"
        "<allocation unit='MiB'>4</allocation></volume>"
    )
    assert driver.observe.one(Kind.STORAGE_POOL, "p") == before
    volume = driver.observe.one(Kind.VOLUME, "p/a")
    pool.storageVolLookupByName("a").delete()
    assert volume is not None
    assert "timestamps" not in volume.document


def test_nothing_is_lost_or_doubled_while_others_work(
    driver: CompleteHost, virsh: libvirt.virConnect, libvirt_host: LibvirtHost
) -> None:
    steady = {f"steady{number}" for number in range(8)}
    for name in steady:
        virsh.defineXML(DOMAIN.format(name))
    done = threading.Event()

    def disturb() -> None:
        other = libvirt.open(libvirt_host.qemu)
        while not done.is_set():
            passing = other.defineXML(DOMAIN.format("passing"))
            other.lookupByName("steady0").setAutostart(1)
            running = other.lookupByName("steady1")
            running.create()
            running.destroy()
            passing.undefine()
            other.lookupByName("steady0").setAutostart(0)
        other.close()

    thread = threading.Thread(target=disturb)
    thread.start()
    try:
        for _ in range(30):
            inventory = driver.observe.inventory()
            names = {name for kind, name in inventory.objects if kind is Kind.DOMAIN}
            assert steady <= names
            assert not inventory.failures
            for (kind, name), found in inventory.objects.items():
                if kind is Kind.DOMAIN:
                    assert (found.live is None) == (found.power is PowerState.STOPPED), name
                    if found.live:
                        assert " id=" in found.live.partition(">")[0], f"{name}'s live document is not live"
    finally:
        done.set()
        thread.join()


def test_many_threads_may_ask(driver: CompleteHost, virsh: libvirt.virConnect) -> None:
    for number in range(5):
        virsh.defineXML(DOMAIN.format(f"d{number}"))
    seen: list[int] = []
    threads = [
        threading.Thread(target=lambda: seen.append(len(driver.observe.inventory().objects)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 4
    assert len(set(seen)) == 1


def test_capabilities(driver: CompleteHost) -> None:
    known = driver.capabilities()
    assert known.family == "qemu"
    assert known.arch == "x86_64"
    assert "qemu" in known.domain_types
    assert "hvm" in known.os_types
    assert known.machines["x86_64/pc"].startswith("pc-i440fx-")
    assert known.machines["x86_64/q35"].startswith("pc-q35-")
    assert known.kinds == {
        Kind.DOMAIN, Kind.NETWORK, Kind.STORAGE_POOL, Kind.VOLUME, Kind.SECRET, Kind.NETWORK_FILTER
    }  # fmt: skip
    assert known.emulators["x86_64"].endswith("qemu-system-x86_64")
    assert known.cpus > 0
    assert known.memory_kib > 1024
