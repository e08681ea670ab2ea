"""What real consoles answered is read, and as IBM's own client reads it."""

from __future__ import annotations

import functools
from contextlib import suppress
from typing import Any

import pytest

from drivers.hmc.adapters import read_adapter
from drivers.hmc.atom import problem_of, read_entries, session_of
from drivers.hmc.elements import tag_of
from drivers.hmc.facets.watch import read_event
from drivers.hmc.mappings import named_disks, read_mappings
from drivers.hmc.networks import read_bridge, read_network, read_switch
from drivers.hmc.partition import read_partition
from drivers.hmc.processors import read_processors, write_processors
from drivers.hmc.storage import read_group, read_media, read_physical
from drivers.hmc.system import read_system
from tests.drivers.hmc.recorded import FOLDER, recorded, wrapped

REPLIES = sorted(path.name for path in FOLDER.iterdir() if path.suffix in (".txt", ".xml"))


@functools.cache
def _everything() -> list[tuple[Any, Any]]:
    found = []
    for name in REPLIES:
        with suppress(Exception):  # some are parts of a reply, and some no XML
            found += [(each, wrapped(each.element)) for each in recorded(name).entries]
    return found


def every(kind: str) -> list[tuple[Any, Any]]:
    """All recorded resources of a kind, with IBM's reading of each."""
    return [pair for pair in _everything() if tag_of(pair[0].element) == kind]


def test_most_replies_are_read() -> None:
    kinds = ("LogicalPartition", "ManagedSystem", "VirtualIOServer", "VirtualNetwork", "VolumeGroup", "Event")
    assert len(REPLIES) >= 78
    assert {kind: len(every(kind)) > 0 for kind in kinds} == dict.fromkeys(kinds, True)


def test_partitions() -> None:
    found = every("LogicalPartition")
    assert len(found) >= 39
    for entry, ibm in found:
        seen = read_partition(entry.element)
        assert (seen.name, seen.number, seen.uuid) == (ibm.name, ibm.id, entry.uuid.lower())
        assert (seen.state, seen.environment) == (ibm.state, ibm.env)
        assert (seen.memory, seen.is_manager) == (ibm.mem_config.desired or 0, ibm.is_mgmt_partition)
        assert seen.memory_least <= seen.memory <= seen.memory_most
        assert seen.processors.dedicated is ibm.proc_config.has_dedicated
        assert seen.talks is (ibm.rmc_state == "active")
        if not seen.processors.dedicated:
            shared = ibm.proc_config.shared_proc_cfg
            assert (seen.processors.count, seen.processors.units) == (
                shared.desired_virtual,
                shared.desired_units,
            )
            assert seen.processors.weight == (
                None if ibm.proc_config.sharing_mode == "capped" else shared.uncapped_weight
            )


def test_processors_of_real_partitions_are_as_they_are_asked_to_be() -> None:
    """Whatever a real console wrote: asking for what is there changes nothing."""
    for entry, _ in every("LogicalPartition"):
        configuration = next(
            each for each in entry.element if tag_of(each) == "PartitionProcessorConfiguration"
        )
        before = read_processors(configuration)
        write_processors(configuration, before, 0.05)
        assert read_processors(configuration) == before


def test_systems() -> None:
    for entry, ibm in every("ManagedSystem"):
        seen = read_system(entry.element, entry.uuid)
        assert (seen.name, seen.region, seen.memory) == (
            ibm.system_name,
            ibm.memory_region_size,
            ibm.memory_configurable,
        )
        assert seen.memory_free == ibm.memory_free
        assert seen.serial == ibm.mtms.mtms_str


def test_networks_switches_bridges_and_adapters() -> None:
    for entry, ibm in every("VirtualNetwork"):
        net = read_network(entry.element, entry.uuid)
        assert (net.name, net.vlan, net.switch, net.tagged) == (
            ibm.name,
            ibm.vlan,
            ibm.vswitch_id,
            ibm.tagged,
        )
    for entry, ibm in every("VirtualSwitch"):
        switch = read_switch(entry.element, entry.uuid)
        assert (switch.name.removesuffix("(Default)"), switch.number) == (ibm.name, ibm.switch_id)
    for entry, ibm in every("NetworkBridge"):
        bridge = read_bridge(entry.element, entry.uuid)
        links = {uri.rpartition("/")[2] for group in ibm.load_grps for uri in group.vnet_uri_list}
        assert bridge.networks == links
        assert bridge.switch == ibm.vswitch_id
    for entry, ibm in every("ClientNetworkAdapter"):
        adapter = read_adapter(entry.element, entry.uuid)
        assert (adapter.mac.replace(":", "").upper(), adapter.vlan, adapter.slot) == (
            ibm.mac,
            ibm.pvid,
            ibm.slot,
        )
        assert list(adapter.tagged) == sorted(ibm.tagged_vlans)


def test_storage() -> None:
    for entry, ibm in every("VolumeGroup"):
        group = read_group(entry.element, server="s", server_name="vios", uuid=entry.uuid, path="")
        assert group.label == ibm.name
        assert {each.name for each in group.things} == {each.name for each in ibm.virtual_disks}
        media = read_media(entry.element, server="s", server_name="vios", path="")
        assert (media is None) is (not ibm.vmedia_repos)
        if media is not None:
            assert {each.name for each in media.things} == {
                each.name for each in ibm.vmedia_repos[0].optical_media
            }
    some = 0
    for entry, ibm in every("VirtualIOServer"):
        mappings = read_mappings(entry.element, entry.uuid)
        held = [each for each in ibm.scsi_mappings if each.backing_storage is not None]
        assert {each.name for each in mappings if each.kind} == {each.backing_storage.name for each in held}
        some += len(mappings)
        for number in {each.partition for each in mappings}:
            own = tuple(each for each in mappings if each.partition == number)
            named = named_disks(number, own)
            assert len(dict(named)) == len(own)
            assert named == named_disks(number, tuple(reversed(own)))
        physical = read_physical(entry.element, uuid=entry.uuid, name="vios")
        assert {each.name for each in physical.things} == {each.name for each in ibm.phys_vols}
    assert some > 30


def test_events_jobs_errors_and_logons() -> None:
    for entry, ibm in every("Event"):
        event = read_event(entry.element)
        assert (event.what, event.detail) == (ibm.etype, ibm.detail or "")
        assert event.uuid in (ibm.data or "")
    body = recorded("fake_httperror.txt").body
    assert "VIOS at this moment" in problem_of(body)
    assert session_of(recorded("logon.xml").body).startswith("PUIoR6x0")
    assert problem_of(b"<html>") == ""
    assert len(read_entries(recorded("lpar.txt").body)) == 21


@pytest.mark.parametrize("at", [0, 5])
def test_what_is_read_twice_is_the_same(at: int) -> None:
    first, again = (read_partition(recorded("lpar.txt").entries[at].element) for _ in range(2))
    assert first == again
