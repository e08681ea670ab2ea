"""Pools, volumes, networks, secrets and filters of a real host."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from drivers.base import NetworkChange, NetworkSection, SectionCommand
from drivers.base.errors import DriverError, NotFound, Refused
from drivers.contract.complete import CompleteHost
from specs.desired import PowerState, StopPolicy
from specs.identity import Kind
from tests.support.daemons import LibvirtHost
from tests.support.guests import qemu_domain, wait_for

MIB = 1024**2
VOLUME = (
    "<volume><name>{}</name><capacity unit='MiB'>8</capacity><target><format type='{}'/></target></volume>"
)
LAN = (
    "<network><name>lan</name><forward mode='nat'/><ip address='10.9.0.1' prefix='24'>"
    "<dhcp><range start='10.9.0.10' end='10.9.0.20'/></dhcp></ip></network>"
)


@pytest.fixture
def pool(driver: CompleteHost, libvirt_host: LibvirtHost) -> CompleteHost:
    """A built and active folder pool `p`."""
    folder = libvirt_host.images / "deep/folder"
    driver.lifecycle.define(
        Kind.STORAGE_POOL,
        "p",
        f"<pool type='dir'><name>p</name><target><path>{folder}</path></target></pool>",
    )
    driver.lifecycle.build_pool("p")
    driver.lifecycle.start(Kind.STORAGE_POOL, "p")
    return driver


def capacity(driver: CompleteHost, name: str) -> int:
    observation = driver.observe.one(Kind.VOLUME, name)
    assert observation is not None
    found = re.search(r"<capacity unit='bytes'>(\d+)<", observation.document)
    assert found
    return int(found[1])


def test_a_pool_is_built_once_more_without_harm(pool: CompleteHost, libvirt_host: LibvirtHost) -> None:
    pool.lifecycle.define(Kind.VOLUME, "p/kept", VOLUME.format("kept", "raw"))
    pool.lifecycle.stop(Kind.STORAGE_POOL, "p", StopPolicy())
    pool.lifecycle.build_pool("p")
    pool.lifecycle.start(Kind.STORAGE_POOL, "p")
    assert pool.observe.one(Kind.VOLUME, "p/kept")


def test_a_file_of_somebody_else_is_seen_after_a_refresh(
    pool: CompleteHost, libvirt_host: LibvirtHost
) -> None:
    (libvirt_host.images / "deep/folder/foreign.img").write_bytes(bytes(4096))
    assert pool.observe.one(Kind.VOLUME, "p/foreign.img") is None
    pool.lifecycle.refresh_pool("p")
    assert pool.observe.one(Kind.VOLUME, "p/foreign.img")


@pytest.mark.parametrize("form", ["raw", "qcow2"])
def test_a_volume_grows_and_never_shrinks(pool: CompleteHost, form: str) -> None:
    pool.lifecycle.define(Kind.VOLUME, "p/v", VOLUME.format("v", form))
    pool.storage.resize("p/v", 16 * MIB)
    assert capacity(pool, "p/v") == 16 * MIB
    with pytest.raises(Refused, match="shr"):
        pool.storage.resize("p/v", 8 * MIB)
    with pytest.raises(Refused):
        pool.lifecycle.define(Kind.VOLUME, "p/v", VOLUME.format("v", form))
    pool.lifecycle.undefine(Kind.VOLUME, "p/v")
    assert pool.observe.one(Kind.VOLUME, "p/v") is None


@pytest.mark.parametrize(
    "source", ["type='file'><source file='{path}'/>", "type='volume'><source pool='p' volume='v'/>"]
)
def test_a_volume_grows_under_the_guest_that_has_it_open(
    pool: CompleteHost, libvirt_host: LibvirtHost, source: str
) -> None:
    pool.lifecycle.define(Kind.VOLUME, "p/v", VOLUME.format("v", "qcow2"))
    disk = (
        f"<disk {source.format(path=libvirt_host.images / 'deep/folder/v')}"
        "<driver name='qemu' type='qcow2'/><target dev='vda' bus='virtio'/></disk>"
    )
    console = libvirt_host.images / "console"
    pool.lifecycle.define(Kind.DOMAIN, "user", qemu_domain("user", console, devices=disk))
    pool.lifecycle.start(Kind.DOMAIN, "user")
    pool.storage.resize("p/v", 16 * MIB)
    assert capacity(pool, "p/v") == 16 * MIB
    assert "16777216" in libvirt_host.virsh("domblkinfo", "user", "vda")
    wait_for(console)


def test_a_volume_over_a_backing_volume(pool: CompleteHost, libvirt_host: LibvirtHost) -> None:
    pool.lifecycle.define(Kind.VOLUME, "p/base", VOLUME.format("base", "qcow2"))
    path = libvirt_host.images / "deep/folder/base"
    pool.lifecycle.define(
        Kind.VOLUME,
        "p/over",
        "<volume><name>over</name><capacity unit='MiB'>8</capacity><target><format type='qcow2'/></target>"
        f"<backingStore><path>{path}</path><format type='qcow2'/></backingStore></volume>",
    )
    observation = pool.observe.one(Kind.VOLUME, "p/over")
    assert observation is not None
    assert str(path) in observation.document


def test_an_active_pool_is_not_undefined(pool: CompleteHost) -> None:
    with pytest.raises(Refused, match="active"):
        pool.lifecycle.undefine(Kind.STORAGE_POOL, "p")
    pool.lifecycle.stop(Kind.STORAGE_POOL, "p", StopPolicy())
    pool.lifecycle.undefine(Kind.STORAGE_POOL, "p")
    assert pool.observe.one(Kind.STORAGE_POOL, "p") is None


def test_a_network_is_changed_in_place(driver: CompleteHost) -> None:
    driver.lifecycle.define(Kind.NETWORK, "lan", LAN)
    driver.lifecycle.start(Kind.NETWORK, "lan")
    host = "<host mac='52:54:00:00:00:0a' name='a' ip='10.9.0.30'/>"
    steps = [
        (NetworkSection.DHCP_HOST, SectionCommand.ADD, host, 0, "10.9.0.30", True),
        (NetworkSection.DHCP_HOST, SectionCommand.MODIFY, host.replace(".30", ".31"), 0, "10.9.0.31", True),
        (NetworkSection.DHCP_HOST, SectionCommand.DELETE, host.replace(".30", ".31"), 0, "10.9.0.31", False),
        (NetworkSection.DNS_HOST, SectionCommand.ADD,
         "<host ip='10.9.0.40'><hostname>b</hostname></host>", -1, "10.9.0.40", True),
        (NetworkSection.PORTGROUP, SectionCommand.ADD, "<portgroup name='fast'/>", -1, "fast", True),
    ]  # fmt: skip
    for section, command, xml, parent, sign, there in steps:
        driver.live.update_network("lan", NetworkChange(section, command, xml, parent))
        observation = driver.observe.one(Kind.NETWORK, "lan")
        assert observation is not None
        assert (sign in (observation.live or "")) is there
        assert sign not in observation.document, "the definition is not touched"
    driver.lifecycle.stop(Kind.NETWORK, "lan", StopPolicy())
    observation = driver.observe.one(Kind.NETWORK, "lan")
    assert observation is not None
    assert observation.power is PowerState.INACTIVE


def test_autostart_of_each_kind_that_has_it(pool: CompleteHost) -> None:
    pool.lifecycle.define(Kind.NETWORK, "lan", LAN)
    for kind, name in ((Kind.NETWORK, "lan"), (Kind.STORAGE_POOL, "p")):
        for wanted in (True, False):
            pool.lifecycle.set_autostart(kind, name, wanted)
            observation = pool.observe.one(kind, name)
            assert observation is not None
            assert observation.autostart is wanted


def test_secrets(driver: CompleteHost) -> None:
    driver.lifecycle.define(
        Kind.SECRET, "ceph:key", "<secret><usage type='ceph'><name>key</name></usage></secret>"
    )
    assert driver.lifecycle.secret_value("ceph:key") is None
    driver.lifecycle.set_secret_value("ceph:key", b"\x00binary\xff")
    assert driver.lifecycle.secret_value("ceph:key") == b"\x00binary\xff"
    seen = driver.observe.one(Kind.SECRET, "ceph:key")
    assert seen is not None
    assert seen.has_value is True
    hidden = "<secret private='yes'><usage type='ceph'><name>hidden</name></usage></secret>"
    driver.lifecycle.define(Kind.SECRET, "ceph:hidden", hidden)
    driver.lifecycle.set_secret_value("ceph:hidden", b"x")
    assert driver.lifecycle.secret_value("ceph:hidden") is None
    driver.lifecycle.undefine(Kind.SECRET, "ceph:key")
    assert driver.observe.one(Kind.SECRET, "ceph:key") is None


def test_a_secret_without_a_usage_goes_by_its_uuid(driver: CompleteHost) -> None:
    uuid = "6f1d9d5a-2f0b-4c0e-9b57-6f2a3c1d8e40"
    driver.lifecycle.define(Kind.SECRET, uuid, f"<secret><uuid>{uuid}</uuid></secret>")
    assert (Kind.SECRET, uuid) in driver.observe.inventory().objects
    driver.lifecycle.undefine(Kind.SECRET, uuid)


def test_filters(driver: CompleteHost) -> None:
    driver.lifecycle.define(Kind.NETWORK_FILTER, "own", "<filter name='own' chain='root'/>")
    assert driver.observe.one(Kind.NETWORK_FILTER, "own")
    driver.lifecycle.undefine(Kind.NETWORK_FILTER, "own")
    assert driver.observe.one(Kind.NETWORK_FILTER, "own") is None


def test_what_does_not_exist_is_not_found(driver: CompleteHost) -> None:
    verb: Callable[[], object]
    for verb in (
        lambda: driver.lifecycle.start(Kind.DOMAIN, "no"),
        lambda: driver.lifecycle.undefine(Kind.NETWORK, "no"),
        lambda: driver.lifecycle.refresh_pool("no"),
        lambda: driver.storage.resize("no/no", 1),
        lambda: driver.lifecycle.set_secret_value("ceph:no", b""),
    ):
        with pytest.raises(NotFound):
            verb()


def test_a_guest_whose_network_is_missing_is_refused_not_missing(driver: CompleteHost) -> None:
    nic = "<interface type='network'><source network='nowhere'/></interface>"
    driver.lifecycle.define(
        Kind.DOMAIN,
        "d",
        "<domain type='qemu'><name>d</name><memory unit='MiB'>32</memory><os><type arch='x86_64'>hvm</type>"
        f"</os><devices>{nic}</devices></domain>",
    )
    with pytest.raises(Refused, match="nowhere"):
        driver.lifecycle.start(Kind.DOMAIN, "d")


def test_a_broken_document_keeps_the_old_definition(driver: CompleteHost) -> None:
    driver.lifecycle.define(Kind.NETWORK, "lan", LAN)
    before = driver.observe.one(Kind.NETWORK, "lan")
    assert before is not None
    for document in ("<network>", before.document.replace("10.9.0.1'", "10.9.0.999'")):
        with pytest.raises(DriverError):
            driver.lifecycle.define(Kind.NETWORK, "lan", document)
    assert driver.observe.one(Kind.NETWORK, "lan") == before
