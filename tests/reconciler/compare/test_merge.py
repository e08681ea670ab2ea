"""The merged document: what is there, with the differences applied."""

from __future__ import annotations

import pytest
from lxml import etree

from reconciler.compare import Base
from specs.identity import Kind
from tests.reconciler.compare.support import disk, domain, judged, nic, paths

UUID = "4b1f3c9e-8a55-4f2c-9d5e-0b8a1c2d3e4f"
MAC = "52:54:00:00:00:01"
ADDRESS = "<address type='pci' domain='0x0000' bus='0x00' slot='0x05' function='0x0'/>"


def test_uuid_addresses_and_macs_stay() -> None:
    given = domain(devices=disk("vda", "/new") + nic("lan"))
    kept = domain(f"<uuid>{UUID}</uuid>", disk("vda", "/old", ADDRESS) + nic("lan", MAC))
    found = judged(given, kept)
    assert paths(found) == ["devices/disk[vda]/source/@file"]
    assert all(part in found.merged for part in (UUID, MAC, "0x05", "/new"))
    assert "/old" not in found.merged


def test_a_new_device_goes_after_its_siblings() -> None:
    kept = domain(devices=disk("vda", "/a") + "<memballoon model='virtio'/>")
    root = etree.fromstring(judged(domain(devices=disk("vda", "/a") + disk("vdb", "/b")), kept).merged)
    devices = root.find("devices")
    assert devices is not None
    assert [child.tag for child in devices] == ["disk", "disk", "memballoon"]


def test_sizes_keep_the_unit_they_are_declared_in() -> None:
    found = judged(
        domain(memory="<memory unit='GiB'>2</memory>"), domain(memory="<memory unit='KiB'>1</memory>")
    )
    assert '<memory unit="GiB">2</memory>' in found.merged
    assert judged(domain(memory="<memory unit='GiB'>2</memory>"), found.merged).differences == ()


def test_a_listen_address_is_changed_in_both_its_spellings() -> None:
    given = domain(devices="<graphics type='vnc'><listen type='address' address='0.0.0.0'/></graphics>")
    kept = domain(
        devices="<graphics type='vnc' port='-1' autoport='yes' listen='127.0.0.1'>"
        "<listen type='address' address='127.0.0.1'/></graphics>"
    )
    found = judged(given, kept)
    assert paths(found) == ["devices/graphics[vnc]/listen/@address"]
    assert "127.0.0.1" not in found.merged


def test_a_forward_device_is_changed_in_both_its_spellings() -> None:
    given = "<network><name>n</name><forward mode='nat' dev='eth1'/></network>"
    kept = "<network><name>n</name><forward mode='nat' dev='eth0'><interface dev='eth0'/></forward></network>"
    old = "<network><name>n</name><forward mode='nat' dev='eth0'/></network>"
    found = judged(given, kept, Base(old, kept), Kind.NETWORK)
    assert found.differences
    assert "eth0" not in found.merged
    assert judged(given, found.merged, None, Kind.NETWORK).differences == ()


def test_a_prefix_replaces_a_netmask() -> None:
    given = "<network><name>n</name><ip address='10.0.0.1' prefix='16'/></network>"
    kept = "<network><name>n</name><ip address='10.0.0.1' netmask='255.255.255.0'/></network>"
    found = judged(given, kept, None, Kind.NETWORK)
    assert paths(found) == ["ip[10.0.0.1]/@prefix"]
    assert "netmask" not in found.merged


def test_a_ram_filesystem_keeps_the_units_of_its_usage() -> None:
    ram = "<filesystem type='ram'><source usage='{}' units='{}'/><target dir='/tmp'/></filesystem>"
    given = domain(devices=ram.format(2, "GiB"))
    found = judged(given, domain(devices=ram.format(1024, "KiB")))
    assert found.differences
    assert judged(given, found.merged).differences == ()


@pytest.mark.parametrize(
    ("given", "kept", "count"),
    [
        ("<vcpu current='1'>4</vcpu>", "<vcpu>1</vcpu>", "1"),
        ("<vcpu>4</vcpu>", "<vcpu>1</vcpu>", "4"),
        ("<vcpu current='2'>4</vcpu>", "<vcpu>1</vcpu>", "2"),
        ("<vcpu>1</vcpu>", "<vcpu current='2'>4</vcpu>", "1"),
    ],
)
def test_a_new_maximum_plugs_in_no_more_than_declared(given: str, kept: str, count: str) -> None:
    """`<vcpu>1</vcpu>` means one of one; with another maximum it would come to mean all of those."""
    both = [domain().replace("<vcpu>2</vcpu>", text) for text in (given, kept)]
    found = judged(both[0], both[1], Base(both[1], both[1]))
    vcpu = etree.fromstring(found.merged).find("vcpu")
    assert vcpu is not None
    assert vcpu.get("current", vcpu.text) == count
    assert judged(both[0], found.merged).differences == ()


def test_a_new_maximum_of_memory_gives_no_more_than_declared() -> None:
    memory = "<memory unit='MiB'>1024</memory><currentMemory unit='MiB'>512</currentMemory>"
    found = judged(domain(memory=memory), domain())
    root = etree.fromstring(found.merged)
    assert root.findtext("memory") == "1024"
    assert root.findtext("currentMemory") == str(512 * 1024)
    assert judged(domain(memory=memory), found.merged).differences == ()
