"""What every driver owes its callers, whatever the hypervisor (`drivers.base.Driver`)."""

from __future__ import annotations

import random
import re
import struct
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

import pytest

from drivers.base import AddressSource, Driver, NetworkSection, Observation, SectionCommand
from drivers.errors import DriverError, NotFound, Refused, Transient, Unreachable, Unsupported
from specs.desired import PowerState, StopPolicy
from specs.identity import Kind
from tests.drivers.hosts import Connect, ContractHost, Feature

T = TypeVar("T")

FORCE = StopPolicy(methods=(), deadline=5, force=True)
MARK = '<vr:owner xmlns:vr="urn:virt-reconcile:1" fleet="contract" digest="0123"/>'
NAMES = {
    Kind.DOMAIN: "contract",
    Kind.NETWORK: "contract",
    Kind.STORAGE_POOL: "contract",
    Kind.VOLUME: "contract/disk.img",
    Kind.SECRET: "ceph:contract secret",
    Kind.NETWORK_FILTER: "contract",
}
DEFINABLE = {
    Kind.DOMAIN: Feature.DOMAIN,
    Kind.NETWORK: Feature.NETWORK,
    Kind.STORAGE_POOL: Feature.POOL,
    Kind.SECRET: Feature.SECRET,
    Kind.NETWORK_FILTER: Feature.FILTER,
}
ABSENT = "contract-absent"

needs = pytest.mark.needs
every_kind = pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=needs(feature), id=kind) for kind, feature in DEFINABLE.items()]
)


class Bench:
    """A driver with the samples of its host, in words that read well in a test."""

    def __init__(self, driver: Driver, host: ContractHost, folder: Path) -> None:
        self.driver = driver
        self.samples = host.samples
        self.hears_after = host.hears_after
        self.folder = folder

    def sample(self, what: str) -> str:
        return str(getattr(self.samples, what)).replace("{folder}", str(self.folder))

    def document(self, kind: Kind) -> str:
        words = {
            Kind.DOMAIN: "domain",
            Kind.NETWORK: "network",
            Kind.STORAGE_POOL: "pool",
            Kind.VOLUME: "volume",
            Kind.SECRET: "secret",
            Kind.NETWORK_FILTER: "filter",
        }
        return self.sample(words[kind])

    def define(self, kind: Kind) -> Observation:
        self.driver.define(kind, NAMES[kind], self.document(kind))
        return self.see(kind)

    def look(self, kind: Kind) -> Observation | None:
        return self.driver.observe_one(kind, NAMES[kind])

    def see(self, kind: Kind) -> Observation:
        seen = self.look(kind)
        assert seen is not None
        return seen

    def running(self, document: str = "domain") -> Observation:
        self.driver.define(Kind.DOMAIN, "contract", self.sample(document))
        self.driver.start(Kind.DOMAIN, "contract")
        return self.see(Kind.DOMAIN)

    def plugged(self) -> Observation:
        self.define(Kind.NETWORK)
        self.driver.start(Kind.NETWORK, "contract")
        return self.running("plugged")

    def talker(self) -> Observation:
        if "source network" in self.samples.talker:
            self.define(Kind.NETWORK)
            self.driver.start(Kind.NETWORK, "contract")
        return self.running("talker")

    def pool(self) -> None:
        self.define(Kind.STORAGE_POOL)
        self.driver.build_pool("contract")
        self.driver.start(Kind.STORAGE_POOL, "contract")

    def volume(self) -> Observation:
        self.pool()
        return self.define(Kind.VOLUME)

    def live(self) -> str:
        live = self.see(Kind.DOMAIN).live
        assert live is not None
        return live


@pytest.fixture
def bench(driver: Driver, contract_host: ContractHost, tmp_path: Path) -> Bench:
    return Bench(driver, contract_host, tmp_path)


def uuid_of(observation: Observation) -> str:
    match = re.search(r"<uuid>([0-9a-f-]{36})</uuid>", observation.document)
    assert match is not None
    return match[1]


def text_of(document: str, tag: str) -> str:
    match = re.search(rf"<{tag}\b[^>]*>([^<]*)</{tag}>", document)
    return match[1] if match else ""


def same_elements(one: str, other: str) -> bool:
    """Equal but for the order of elements, which libvirt may change once."""
    return sorted(re.findall(r"<[^>]+>[^<]*", one)) == sorted(re.findall(r"<[^>]+>[^<]*", other))


# Observing


def test_capabilities_say_what_the_host_can_hold(driver: Driver) -> None:
    capabilities = driver.capabilities()
    assert capabilities.family
    assert capabilities.version
    assert capabilities.domain_types
    assert capabilities.kinds


@every_kind
def test_an_absent_object_is_none_not_an_error(driver: Driver, kind: Kind) -> None:
    assert driver.observe_one(kind, ABSENT) is None
    assert (kind, ABSENT) not in driver.observe().objects


@every_kind
def test_both_ways_of_observing_agree(bench: Bench, kind: Kind) -> None:
    one = bench.define(kind)
    inventory = bench.driver.observe()
    assert (kind, NAMES[kind]) not in inventory.failures
    assert inventory.objects[kind, NAMES[kind]] == one
    assert (one.kind, one.name) == (kind, NAMES[kind])


@needs(Feature.START_DOMAIN)
def test_both_ways_of_observing_agree_on_an_active_domain(bench: Bench) -> None:
    one = bench.running()
    assert bench.driver.observe().objects[Kind.DOMAIN, "contract"] == one


@needs(Feature.VOLUME)
def test_volumes_are_observed_while_their_pool_is_active(bench: Bench) -> None:
    one = bench.volume()
    assert bench.driver.observe().objects[Kind.VOLUME, NAMES[Kind.VOLUME]].name == one.name
    bench.driver.stop(Kind.STORAGE_POOL, "contract", FORCE)
    assert (Kind.VOLUME, NAMES[Kind.VOLUME]) not in bench.driver.observe().objects


# Defining


@every_kind
def test_redefining_the_read_back_changes_nothing(bench: Bench, kind: Kind) -> None:
    first = bench.define(kind)
    bench.driver.define(kind, NAMES[kind], first.document)
    second = bench.see(kind)
    assert same_elements(second.document, first.document)
    bench.driver.define(kind, NAMES[kind], second.document)
    assert bench.see(kind) == second


@every_kind
def test_a_definition_without_the_uuid_is_refused_over_an_existing_object(bench: Bench, kind: Kind) -> None:
    first = bench.define(kind)
    with pytest.raises(Refused):
        bench.driver.define(kind, NAMES[kind], bench.document(kind))
    assert bench.see(kind) == first


@every_kind
@pytest.mark.parametrize("document", ["", "<", "<unknown/>", "<domain/>"])
def test_a_failed_redefinition_leaves_the_old_one_in_force(bench: Bench, kind: Kind, document: str) -> None:
    first = bench.define(kind)
    with pytest.raises((Refused, Unsupported)):
        bench.driver.define(kind, NAMES[kind], document)
    assert bench.see(kind) == first


@needs(Feature.DOMAIN)
def test_a_redefinition_changes_the_object_in_place(bench: Bench) -> None:
    first = bench.define(Kind.DOMAIN)
    changed = first.document.replace("<memory", "<description>changed</description><memory", 1)
    bench.driver.define(Kind.DOMAIN, "contract", changed)
    second = bench.see(Kind.DOMAIN)
    assert uuid_of(second) == uuid_of(first)
    assert text_of(second.document, "description") == "changed"


@needs(Feature.DOMAIN)
def test_a_uuid_belongs_to_one_object(bench: Bench) -> None:
    first = bench.define(Kind.DOMAIN)
    with pytest.raises(Refused):
        bench.driver.define(Kind.DOMAIN, "other", first.document.replace("<name>contract<", "<name>other<"))
    assert bench.driver.observe_one(Kind.DOMAIN, "other") is None


@needs(Feature.START_DOMAIN)
def test_a_redefinition_of_an_active_domain_leaves_the_live_one(bench: Bench) -> None:
    before = bench.running()
    bench.driver.define(
        Kind.DOMAIN,
        "contract",
        before.document.replace("<memory", "<description>next</description><memory", 1),
    )
    after = bench.see(Kind.DOMAIN)
    assert text_of(after.document, "description") == "next"
    assert after.live is not None
    assert "next" not in after.live
    assert after.power is PowerState.RUNNING


# Undefining


@every_kind
def test_an_undefined_object_is_gone(bench: Bench, kind: Kind) -> None:
    bench.define(kind)
    bench.driver.undefine(kind, NAMES[kind])
    assert bench.look(kind) is None
    assert (kind, NAMES[kind]) not in bench.driver.observe().objects
    with pytest.raises(NotFound):
        bench.driver.undefine(kind, NAMES[kind])


@every_kind
def test_what_keeps_its_state_is_undefined_like_any_other(bench: Bench, kind: Kind) -> None:
    bench.define(kind)
    bench.driver.undefine(kind, NAMES[kind], keep_state=True)
    assert bench.look(kind) is None


@needs(Feature.START_DOMAIN)
def test_an_active_domain_cannot_be_undefined(bench: Bench) -> None:
    before = bench.running()
    with pytest.raises(Refused):
        bench.driver.undefine(Kind.DOMAIN, "contract")
    assert bench.see(Kind.DOMAIN) == before


@needs(Feature.NETWORK)
def test_an_active_network_cannot_be_undefined(bench: Bench) -> None:
    bench.define(Kind.NETWORK)
    bench.driver.start(Kind.NETWORK, "contract")
    with pytest.raises(Refused):
        bench.driver.undefine(Kind.NETWORK, "contract")
    assert bench.see(Kind.NETWORK).power is PowerState.ACTIVE


@needs(Feature.BUILD)
def test_an_active_pool_cannot_be_undefined(bench: Bench) -> None:
    bench.pool()
    with pytest.raises(Refused):
        bench.driver.undefine(Kind.STORAGE_POOL, "contract")
    assert bench.see(Kind.STORAGE_POOL).power is PowerState.ACTIVE


# Power


@needs(Feature.START_DOMAIN)
def test_starting_and_stopping_a_domain_twice_is_no_error(bench: Bench) -> None:
    defined = bench.define(Kind.DOMAIN)
    assert (defined.power, defined.live) == (PowerState.STOPPED, None)
    bench.driver.start(Kind.DOMAIN, "contract")
    started = bench.see(Kind.DOMAIN)
    assert started.power is PowerState.RUNNING
    bench.driver.start(Kind.DOMAIN, "contract")
    assert bench.see(Kind.DOMAIN) == started
    for _ in range(2):
        bench.driver.stop(Kind.DOMAIN, "contract", FORCE)
        stopped = bench.see(Kind.DOMAIN)
        assert (stopped.power, stopped.live) == (PowerState.STOPPED, None)
        assert stopped.persistent


@needs(Feature.GRACEFUL_STOP)
def test_a_guest_that_reacts_is_stopped_gracefully(bench: Bench) -> None:
    bench.running()
    time.sleep(bench.hears_after)
    bench.driver.stop(Kind.DOMAIN, "contract", StopPolicy(methods=("acpi",), deadline=60))
    assert bench.see(Kind.DOMAIN).power is PowerState.STOPPED


@needs(Feature.START_DOMAIN)
def test_without_force_and_methods_a_guest_runs_on(bench: Bench) -> None:
    bench.running()
    with pytest.raises((Transient, Refused)):
        bench.driver.stop(Kind.DOMAIN, "contract", StopPolicy(methods=(), deadline=0, force=False))
    assert bench.see(Kind.DOMAIN).power is PowerState.RUNNING


@needs(Feature.PAUSED_START)
def test_a_domain_may_start_paused(bench: Bench) -> None:
    bench.define(Kind.DOMAIN)
    bench.driver.start(Kind.DOMAIN, "contract", paused=True)
    assert bench.see(Kind.DOMAIN).power is PowerState.PAUSED
    bench.driver.resume("contract")
    assert bench.see(Kind.DOMAIN).power is PowerState.RUNNING


@needs(Feature.SUSPEND)
def test_suspend_and_resume_keep_the_guest(bench: Bench) -> None:
    live = bench.running().live
    bench.driver.suspend("contract")
    assert bench.see(Kind.DOMAIN).power is PowerState.PAUSED
    bench.driver.resume("contract")
    after = bench.see(Kind.DOMAIN)
    assert after.power is PowerState.RUNNING
    assert after.live is not None
    assert live is not None
    assert text_of(after.live, "uuid") == text_of(live, "uuid")


@needs(Feature.SUSPEND)
def test_a_stopped_domain_is_not_suspended(bench: Bench) -> None:
    bench.define(Kind.DOMAIN)
    for verb in (bench.driver.suspend, bench.driver.resume):
        with pytest.raises(Refused):
            verb("contract")


@needs(Feature.SUSPEND)
def test_suspending_and_resuming_twice_is_no_error(bench: Bench) -> None:
    bench.running()
    for _ in range(2):
        bench.driver.suspend("contract")
    assert bench.see(Kind.DOMAIN).power is PowerState.PAUSED
    for _ in range(2):
        bench.driver.resume("contract")
    assert bench.see(Kind.DOMAIN).power is PowerState.RUNNING


@needs(Feature.SUSPEND, Feature.SHARED)
def test_what_several_do_at_once_fails_for_none_of_them(bench: Bench) -> None:
    driver = bench.driver
    bench.define(Kind.DOMAIN)

    def together(verb: Callable[[], None], power: PowerState) -> None:
        with ThreadPoolExecutor(4) as workers:
            for done in [workers.submit(verb) for _ in range(4)]:
                done.result()
        assert bench.see(Kind.DOMAIN).power is power

    together(lambda: driver.start(Kind.DOMAIN, "contract"), PowerState.RUNNING)
    for _ in range(3):
        together(lambda: driver.suspend("contract"), PowerState.PAUSED)
        together(lambda: driver.resume("contract"), PowerState.RUNNING)
    together(lambda: driver.stop(Kind.DOMAIN, "contract", FORCE), PowerState.STOPPED)


@needs(Feature.NETWORK, Feature.POOL, Feature.SHARED)
def test_networks_and_pools_that_several_start_and_stop_at_once_fail_for_none(bench: Bench) -> None:
    driver = bench.driver
    bench.define(Kind.NETWORK)
    bench.pool()
    driver.stop(Kind.STORAGE_POOL, "contract", FORCE)
    for kind in (Kind.NETWORK, Kind.STORAGE_POOL):
        for verb, power in (
            (partial(driver.start, kind, "contract"), PowerState.ACTIVE),
            (partial(driver.stop, kind, "contract", FORCE), PowerState.INACTIVE),
        ):
            with ThreadPoolExecutor(4) as workers:
                for done in [workers.submit(verb) for _ in range(4)]:
                    done.result()
            assert bench.see(kind).power is power


@needs(Feature.NETWORK)
def test_autostart_that_is_so_already_is_no_error(bench: Bench) -> None:
    bench.define(Kind.NETWORK)
    for wanted in (True, True, False, False):
        bench.driver.set_autostart(Kind.NETWORK, "contract", wanted)
        assert bench.see(Kind.NETWORK).autostart is wanted


@needs(Feature.NETWORK)
def test_starting_and_stopping_a_network_twice_is_no_error(bench: Bench) -> None:
    assert bench.define(Kind.NETWORK).power is PowerState.INACTIVE
    for _ in range(2):
        bench.driver.start(Kind.NETWORK, "contract")
        assert bench.see(Kind.NETWORK).power is PowerState.ACTIVE
    assert bench.see(Kind.NETWORK).live is not None
    for _ in range(2):
        bench.driver.stop(Kind.NETWORK, "contract", FORCE)
        assert bench.see(Kind.NETWORK).power is PowerState.INACTIVE
    assert bench.see(Kind.NETWORK).live is None


@needs(Feature.BUILD)
def test_a_pool_starts_once_it_is_built(bench: Bench) -> None:
    assert bench.define(Kind.STORAGE_POOL).power is PowerState.INACTIVE
    with pytest.raises(DriverError):
        bench.driver.start(Kind.STORAGE_POOL, "contract")
    assert bench.see(Kind.STORAGE_POOL).power is PowerState.INACTIVE
    bench.driver.build_pool("contract")
    for _ in range(2):
        bench.driver.start(Kind.STORAGE_POOL, "contract")
        assert bench.see(Kind.STORAGE_POOL).power is PowerState.ACTIVE
    bench.driver.refresh_pool("contract")
    for _ in range(2):
        bench.driver.stop(Kind.STORAGE_POOL, "contract", FORCE)
        assert bench.see(Kind.STORAGE_POOL).power is PowerState.INACTIVE
    with pytest.raises(Refused):
        bench.driver.refresh_pool("contract")


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param(Kind.DOMAIN, marks=needs(Feature.DOMAIN_AUTOSTART)),
        pytest.param(Kind.NETWORK, marks=needs(Feature.NETWORK)),
        pytest.param(Kind.STORAGE_POOL, marks=needs(Feature.POOL)),
    ],
)
def test_autostart_is_set_and_cleared(bench: Bench, kind: Kind) -> None:
    assert bench.define(kind).autostart is False
    for wanted in (True, True, False):
        bench.driver.set_autostart(kind, NAMES[kind], wanted)
        assert bench.see(kind).autostart is wanted
        assert bench.driver.observe().objects[kind, NAMES[kind]].autostart is wanted


@needs(Feature.DOMAIN)
def test_verbs_on_what_is_not_there_are_not_found(driver: Driver) -> None:
    verb: Callable[[], object]
    for verb in (
        lambda: driver.undefine(Kind.DOMAIN, ABSENT),
        lambda: driver.start(Kind.DOMAIN, ABSENT),
        lambda: driver.stop(Kind.DOMAIN, ABSENT, FORCE),
        lambda: driver.set_autostart(Kind.DOMAIN, ABSENT, True),
    ):
        with pytest.raises(NotFound):
            verb()


# The mark


@needs(Feature.METADATA)
def test_the_mark_is_put_and_replaced(bench: Bench) -> None:
    bench.define(Kind.DOMAIN)
    bench.driver.set_metadata("contract", MARK)
    bench.driver.set_metadata("contract", MARK.replace("0123", "4567"))
    document = bench.see(Kind.DOMAIN).document
    assert document.count("urn:virt-reconcile:1") == 1
    assert "4567" in document
    assert "0123" not in document


@needs(Feature.METADATA, Feature.START_DOMAIN)
def test_the_mark_reaches_both_documents_and_survives_a_redefinition(bench: Bench) -> None:
    bench.running()
    bench.driver.set_metadata("contract", MARK)
    seen = bench.see(Kind.DOMAIN)
    assert seen.live is not None
    assert "urn:virt-reconcile:1" in seen.live
    bench.driver.define(Kind.DOMAIN, "contract", seen.document)
    assert "urn:virt-reconcile:1" in bench.see(Kind.DOMAIN).document


# Live changes: the persistent document stays as it is


@needs(Feature.DISK_HOTPLUG)
def test_a_disk_is_plugged_in_and_out(bench: Bench) -> None:
    bench.volume()
    before = bench.running().document
    bench.driver.attach_device("contract", bench.sample("disk"))
    assert "disk.img" in bench.live()
    with pytest.raises(DriverError):
        bench.driver.attach_device("contract", bench.sample("disk"))
    assert bench.see(Kind.DOMAIN).document == before
    bench.driver.detach_device("contract", bench.sample("disk"))
    assert "disk.img" not in bench.live()
    with pytest.raises(NotFound):
        bench.driver.detach_device("contract", bench.sample("disk"))


@needs(Feature.NIC_HOTPLUG)
def test_a_nic_is_plugged_in_and_out(bench: Bench) -> None:
    before = bench.plugged().document
    bench.driver.attach_device("contract", bench.sample("nic"))
    assert "52:54:00:c0:00:03" in bench.live()
    assert bench.see(Kind.DOMAIN).document == before
    bench.driver.detach_device("contract", bench.sample("nic"))
    assert "52:54:00:c0:00:03" not in bench.live()
    with pytest.raises(NotFound):
        bench.driver.detach_device("contract", bench.sample("nic"))


@needs(Feature.NIC_UPDATE)
def test_a_nic_is_changed_in_place(bench: Bench) -> None:
    before = bench.plugged().document
    nic = bench.sample("nic").replace("c0:00:03", "c0:00:02")
    bench.driver.update_device("contract", nic.replace("</interface>", "<link state='down'/></interface>"))
    assert re.search(r"<link state=.down.", bench.live())
    bench.driver.update_device("contract", nic)
    assert not re.search(r"<link state=.down.", bench.live())
    with pytest.raises((Refused, Unsupported)):
        bench.driver.update_device("contract", nic.replace("virtio", "e1000"))
    assert bench.see(Kind.DOMAIN).document == before


@needs(Feature.COLD_DEVICE)
def test_what_cannot_be_plugged_live_is_refused(bench: Bench) -> None:
    before = bench.running()
    with pytest.raises((Refused, Unsupported)):
        bench.driver.attach_device("contract", bench.sample("cold_device"))
    assert bench.see(Kind.DOMAIN) == before


@needs(Feature.DISK_HOTPLUG)
def test_a_stopped_domain_has_no_live_devices(bench: Bench) -> None:
    bench.volume()
    before = bench.define(Kind.DOMAIN)
    with pytest.raises(Refused):
        bench.driver.attach_device("contract", bench.sample("disk"))
    assert bench.see(Kind.DOMAIN) == before


@needs(Feature.MEMORY)
def test_memory_is_ballooned_up_to_the_maximum(bench: Bench) -> None:
    before = bench.running().document
    maximum = int(text_of(bench.live(), "memory"))
    bench.driver.set_memory("contract", maximum // 2)
    assert bench.see(Kind.DOMAIN).document == before
    with pytest.raises(Refused):
        bench.driver.set_memory("contract", maximum * 2)


@needs(Feature.VCPUS)
def test_vcpus_are_plugged_up_to_the_maximum(bench: Bench) -> None:
    before = bench.running().document
    bench.driver.set_vcpus("contract", 2)
    assert not re.search(r"<vcpu[^>]*current=", bench.live())
    assert bench.see(Kind.DOMAIN).document == before
    with pytest.raises(Refused):
        bench.driver.set_vcpus("contract", 3)


@needs(Feature.TEXT)
@pytest.mark.parametrize("field", ["title", "description"])
def test_texts_are_set_and_removed_live(bench: Bench, field: str) -> None:
    before = bench.running().document
    bench.driver.set_text("contract", field, "a & b")
    assert text_of(bench.live(), field) == "a &amp; b"
    bench.driver.set_text("contract", field, "")
    assert text_of(bench.live(), field) == ""
    assert bench.see(Kind.DOMAIN).document == before


@needs(Feature.TUNE)
def test_tunables_are_set_live(bench: Bench) -> None:
    before = bench.running().document
    bench.driver.tune("contract", "cputune/shares", "512")
    assert text_of(bench.live(), "shares") == "512"
    bench.driver.tune("contract", "cputune/vcpupin[0]/@cpuset", "0")
    assert re.search(r"<vcpupin[^>]*cpuset=.0.", bench.live())
    with pytest.raises(Unsupported):
        bench.driver.tune("contract", "os/type", "hvm")
    assert bench.see(Kind.DOMAIN).document == before


@needs(Feature.SECTIONS)
def test_entries_of_an_active_network_change_live(bench: Bench) -> None:
    before = bench.define(Kind.NETWORK).document
    bench.driver.start(Kind.NETWORK, "contract")
    entry = bench.sample("network_host")

    def update(command: SectionCommand, xml: str) -> str:
        bench.driver.update_network("contract", NetworkSection.DHCP_HOST, command, xml, 0)
        return bench.see(Kind.NETWORK).live or ""

    assert "192.168.213.9" in update(SectionCommand.ADD, entry)
    with pytest.raises(Refused):
        update(SectionCommand.ADD, entry)
    changed = entry.replace("213.9", "213.19")
    live = update(SectionCommand.MODIFY, changed)
    assert "192.168.213.19" in live
    assert "192.168.213.9'" not in live.replace('"', "'")
    assert "192.168.213.19" not in update(SectionCommand.DELETE, changed)
    with pytest.raises(Refused):
        update(SectionCommand.DELETE, changed)
    assert bench.see(Kind.NETWORK).document == before


@needs(Feature.SECTIONS)
def test_ranges_are_added_and_deleted_but_not_modified(bench: Bench) -> None:
    bench.define(Kind.NETWORK)
    bench.driver.start(Kind.NETWORK, "contract")
    entry = "<range start='192.168.213.20' end='192.168.213.29'/>"
    section = NetworkSection.DHCP_RANGE
    bench.driver.update_network("contract", section, SectionCommand.ADD, entry, 0)
    assert "192.168.213.29" in (bench.see(Kind.NETWORK).live or "")
    with pytest.raises((Refused, Unsupported)):
        bench.driver.update_network("contract", section, SectionCommand.MODIFY, entry, 0)
    bench.driver.update_network("contract", section, SectionCommand.DELETE, entry, 0)
    assert "192.168.213.29" not in (bench.see(Kind.NETWORK).live or "")


# Volumes


@needs(Feature.VOLUME)
def test_a_volume_is_created_once(bench: Bench) -> None:
    first = bench.volume()
    assert text_of(first.document, "capacity") == str(8 << 20)
    with pytest.raises(Refused):
        bench.define(Kind.VOLUME)
    assert text_of(bench.see(Kind.VOLUME).document, "capacity") == str(8 << 20)


@needs(Feature.GROW)
def test_a_volume_grows_and_never_shrinks(bench: Bench) -> None:
    bench.volume()
    bench.driver.resize_volume(NAMES[Kind.VOLUME], 16 << 20)
    assert text_of(bench.see(Kind.VOLUME).document, "capacity") == str(16 << 20)
    with pytest.raises(Refused):
        bench.driver.resize_volume(NAMES[Kind.VOLUME], 8 << 20)
    assert text_of(bench.see(Kind.VOLUME).document, "capacity") == str(16 << 20)


@needs(Feature.VOLUME)
def test_a_deleted_volume_is_gone(bench: Bench) -> None:
    bench.volume()
    bench.driver.undefine(Kind.VOLUME, NAMES[Kind.VOLUME])
    assert bench.look(Kind.VOLUME) is None
    with pytest.raises(NotFound):
        bench.driver.undefine(Kind.VOLUME, NAMES[Kind.VOLUME])


@needs(Feature.VOLUME)
def test_an_inactive_pool_takes_and_loses_no_volume(bench: Bench) -> None:
    bench.volume()
    bench.driver.stop(Kind.STORAGE_POOL, "contract", FORCE)
    other = bench.document(Kind.VOLUME).replace("disk.img", "other.img")
    with pytest.raises(Refused):
        bench.driver.define(Kind.VOLUME, "contract/other.img", other)
    with pytest.raises(Refused):
        bench.driver.undefine(Kind.VOLUME, NAMES[Kind.VOLUME])
    bench.driver.start(Kind.STORAGE_POOL, "contract")
    assert bench.look(Kind.VOLUME) is not None


@needs(Feature.VOLUME, Feature.BUILD)
def test_a_pool_without_its_definition_keeps_its_volumes(bench: Bench) -> None:
    bench.volume()
    bench.driver.stop(Kind.STORAGE_POOL, "contract", FORCE)
    bench.driver.undefine(Kind.STORAGE_POOL, "contract")
    bench.define(Kind.STORAGE_POOL)
    bench.driver.start(Kind.STORAGE_POOL, "contract")
    assert text_of(bench.see(Kind.VOLUME).document, "capacity") == str(8 << 20)


# Volumes' content


@dataclass(frozen=True)
class Pieces:
    """Content as it is given, a hole as its length; breaks off behind them if it has an error."""

    given: tuple[bytes | int, ...]
    error: Exception | None = None

    @property
    def size(self) -> int:
        return sum(piece if isinstance(piece, int) else len(piece) for piece in self.given)

    def pieces(self) -> Iterator[bytes | int]:
        yield from self.given
        if self.error:
            raise self.error


class Broken(Exception):
    """What a content may raise."""


PIECE = 256 << 10
NOISE = random.Random(3).randbytes(PIECE)
DISK = NAMES[Kind.VOLUME]
QCOW2 = struct.pack(">4sIQIIQ", b"QFI\xfb", 3, 0, 0, 16, 3 << 30).ljust(104, b"\0")
"""The header of an image of 3 GiB (docs/interop/qcow2.txt of QEMU)."""


def whole(pieces: Iterable[bytes | int]) -> bytes:
    return b"".join(bytes(piece) if isinstance(piece, int) else piece for piece in pieces)


def silent(_done: int) -> None:
    return


@needs(Feature.CONTENT)
def test_a_volume_that_nobody_wrote_to_is_empty(bench: Bench) -> None:
    bench.volume()
    assert whole(bench.driver.download_volume(DISK)) == bytes(8 << 20)


@needs(Feature.CONTENT)
@pytest.mark.parametrize(
    "given",
    [
        pytest.param((NOISE,) * 32, id="full"),
        pytest.param((1 << 20, NOISE, b"odd", PIECE - 3, NOISE[:-7], 7, 6 << 20, NOISE[3:], 3), id="holes"),
        pytest.param((NOISE, (8 << 20) - PIECE), id="hole-at-the-end"),
        pytest.param((8 << 20,), id="a-hole"),
    ],
)
def test_what_is_uploaded_is_downloaded(bench: Bench, given: tuple[bytes | int, ...]) -> None:
    bench.pool()
    sparse = bench.document(Kind.VOLUME).replace("<target>", "<allocation>0</allocation><target>")
    bench.driver.define(Kind.VOLUME, DISK, sparse)
    told: list[int] = []
    bench.driver.upload_volume(DISK, Pieces(given), told.append)
    got = list(bench.driver.download_volume(DISK))
    expected = whole(given)
    assert whole(got) == expected
    assert all(len(piece) <= PIECE for piece in got if isinstance(piece, bytes))
    assert any(isinstance(piece, int) for piece in got) == any(isinstance(piece, int) for piece in given)
    assert told == sorted(told)
    assert told[-1] == len(expected)
    assert text_of(bench.see(Kind.VOLUME).document, "capacity") == str(8 << 20)


@needs(Feature.CONTENT)
@pytest.mark.parametrize(
    "given", [(), (b"short",), (PIECE, b"behind a hole")], ids=["nothing", "data", "hole"]
)
def test_a_volume_has_as_many_bytes_as_it_says(bench: Bench, given: tuple[bytes | int, ...]) -> None:
    """Also where the content is shorter; then a hole may cut off the rest (virFDStreamThreadDoWrite)."""
    bench.volume()
    bench.driver.upload_volume(DISK, Pieces(given), silent)
    got = whole(bench.driver.download_volume(DISK))
    assert got.startswith(whole(given))
    assert not any(got[len(whole(given)) :])
    assert str(len(got)) == text_of(bench.see(Kind.VOLUME).document, "capacity")


@needs(Feature.CONTENT)
def test_an_upload_extends_a_volume(bench: Bench) -> None:
    bench.volume()
    bench.driver.upload_volume(DISK, Pieces((b"begin", 8 << 20, b"end")), silent)
    assert text_of(bench.see(Kind.VOLUME).document, "capacity") == str((8 << 20) + 8)
    assert whole(bench.driver.download_volume(DISK)) == b"begin" + bytes(8 << 20) + b"end"


@needs(Feature.CONTENT, Feature.GROW)
def test_a_volume_that_grows_keeps_its_content(bench: Bench) -> None:
    bench.volume()
    bench.driver.upload_volume(DISK, Pieces((NOISE,)), silent)
    bench.driver.resize_volume(DISK, 9 << 20)
    assert whole(bench.driver.download_volume(DISK)) == NOISE.ljust(9 << 20, b"\0")


@needs(Feature.CONTENT)
def test_an_image_shows_what_its_header_says(bench: Bench) -> None:
    bench.volume()
    image = Pieces((QCOW2, (1 << 20) - len(QCOW2)))
    bench.driver.upload_volume(DISK, image, silent)
    seen = bench.see(Kind.VOLUME).document
    assert re.search(r"<format type=['\"]qcow2['\"]", seen)
    assert text_of(seen, "capacity") == str(3 << 30)


@needs(Feature.CONTENT)
def test_content_that_breaks_off_is_told_and_can_be_uploaded_again(bench: Bench) -> None:
    bench.volume()
    with pytest.raises(Broken):
        bench.driver.upload_volume(DISK, Pieces((NOISE, PIECE, NOISE), Broken()), silent)
    bench.driver.upload_volume(DISK, Pieces((NOISE,) * 32), silent)
    assert whole(bench.driver.download_volume(DISK)) == NOISE * 32


@needs(Feature.CONTENT)
def test_a_download_may_be_given_up(bench: Bench) -> None:
    bench.volume()
    bench.driver.upload_volume(DISK, Pieces((NOISE,) * 32), silent)
    pieces = iter(bench.driver.download_volume(DISK))
    assert next(pieces)
    del pieces
    assert whole(bench.driver.download_volume(DISK)) == NOISE * 32


@needs(Feature.CONTENT)
@pytest.mark.parametrize("capacity", [8, 12], ids=["as-large", "larger"])
def test_a_clone_is_a_copy_of_its_own(bench: Bench, capacity: int) -> None:
    bench.volume()
    bench.driver.upload_volume(DISK, Pieces((1 << 20, NOISE, b"odd")), silent)
    before = whole(bench.driver.download_volume(DISK))
    document = bench.document(Kind.VOLUME).replace("disk.img", "copy.img")
    document = document.replace(">8</capacity>", f">{capacity}</capacity>")
    bench.driver.clone_volume("contract/copy.img", document, DISK)
    assert whole(bench.driver.download_volume("contract/copy.img")) == before.ljust(capacity << 20, b"\0")
    seen = bench.driver.observe_one(Kind.VOLUME, "contract/copy.img")
    assert seen is not None
    assert text_of(seen.document, "capacity") == str(capacity << 20)
    with pytest.raises(Refused):
        bench.driver.clone_volume("contract/copy.img", document, DISK)
    bench.driver.upload_volume(DISK, Pieces((NOISE,) * 32), silent)
    assert whole(bench.driver.download_volume("contract/copy.img")) == before.ljust(capacity << 20, b"\0")


@needs(Feature.CONTENT)
def test_a_new_volume_has_nothing_of_an_old_one(bench: Bench) -> None:
    bench.volume()
    bench.driver.upload_volume(DISK, Pieces((NOISE,)), silent)
    bench.driver.undefine(Kind.VOLUME, DISK)
    bench.define(Kind.VOLUME)
    assert whole(bench.driver.download_volume(DISK)) == bytes(8 << 20)


@needs(Feature.CONTENT)
@pytest.mark.parametrize("name", ["contract/absent.img", "absent/disk.img"])
def test_content_of_what_is_not_there_is_not_found(bench: Bench, name: str) -> None:
    bench.volume()
    copy = bench.document(Kind.VOLUME).replace("disk.img", "copy.img")
    verb: Callable[[], object]
    for verb in (
        lambda: bench.driver.upload_volume(name, Pieces((b"x",)), silent),
        lambda: whole(bench.driver.download_volume(name)),
        lambda: bench.driver.clone_volume("contract/copy.img", copy, name),
    ):
        with pytest.raises(NotFound):
            verb()
    assert bench.driver.observe_one(Kind.VOLUME, "contract/copy.img") is None


@needs(Feature.CONTENT)
def test_an_inactive_pool_gives_and_takes_no_content(bench: Bench) -> None:
    bench.volume()
    bench.driver.stop(Kind.STORAGE_POOL, "contract", FORCE)
    copy = bench.document(Kind.VOLUME).replace("disk.img", "copy.img")
    verb: Callable[[], object]
    for verb in (
        lambda: bench.driver.upload_volume(DISK, Pieces((b"x",)), silent),
        lambda: whole(bench.driver.download_volume(DISK)),
        lambda: bench.driver.clone_volume("contract/copy.img", copy, DISK),
    ):
        with pytest.raises(Refused):
            verb()


# Secrets


@needs(Feature.SECRET_VALUE)
def test_a_secret_keeps_its_value_to_itself(bench: Bench) -> None:
    assert bench.define(Kind.SECRET).has_value in (False, None)
    bench.driver.set_secret_value(NAMES[Kind.SECRET], b"hunter2\0")
    seen = bench.see(Kind.SECRET)
    assert seen.has_value in (True, None)
    assert "hunter2" not in repr(seen)
    assert bench.driver.secret_value(NAMES[Kind.SECRET]) in (b"hunter2\0", None)
    bench.driver.define(Kind.SECRET, NAMES[Kind.SECRET], seen.document)
    assert bench.see(Kind.SECRET) == seen
    with pytest.raises(NotFound):
        bench.driver.set_secret_value("ceph:contract absent", b"hunter2")


# What a running guest can be asked


def eventually(look: Callable[[], T], seconds: float = 30) -> T:
    """What `look` gives once it gives something."""
    until = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < until, f"nothing within {seconds:g} s"
        time.sleep(0.1)
    return found


@needs(Feature.START_DOMAIN, Feature.NETWORK, Feature.LEASE)
def test_a_lease_tells_a_guests_address(bench: Bench) -> None:
    bench.talker()
    (lease,) = eventually(lambda: bench.driver.addresses("contract", AddressSource.LEASE))
    assert lease.mac == "52:54:00:c0:00:02"
    assert 100 <= int(lease.address.removeprefix("192.168.213.")) <= 200
    assert lease.source is AddressSource.LEASE
    bench.driver.stop(Kind.DOMAIN, "contract", FORCE)
    with pytest.raises(Refused):
        bench.driver.addresses("contract", AddressSource.LEASE)


@needs(Feature.START_DOMAIN, Feature.NETWORK, Feature.AGENT)
def test_the_agent_answers_while_its_guest_runs(bench: Bench) -> None:
    bench.talker()
    eventually(lambda: bench.driver.agent_answers("contract"))
    told = eventually(lambda: bench.driver.addresses("contract", AddressSource.AGENT))
    assert [address.mac for address in told] == ["52:54:00:c0:00:02"]
    bench.driver.stop(Kind.DOMAIN, "contract", FORCE)
    assert not bench.driver.agent_answers("contract")


@needs(Feature.START_DOMAIN, Feature.AGENT)
def test_a_guest_without_an_agent_is_no_error(bench: Bench) -> None:
    bench.running()
    assert not bench.driver.agent_answers("contract")
    with pytest.raises(Unsupported):
        bench.driver.addresses("contract", AddressSource.AGENT)


@needs(Feature.DOMAIN)
def test_an_absent_guest_cannot_be_asked(bench: Bench) -> None:
    for call in (
        lambda: bench.driver.addresses(ABSENT, AddressSource.LEASE),
        lambda: bench.driver.agent_answers(ABSENT),
        lambda: bench.driver.console(ABSENT),
    ):
        with pytest.raises(NotFound):
            call()


@needs(Feature.START_DOMAIN, Feature.CONSOLE)
def test_a_console_goes_both_ways_and_ends_with_its_guest(bench: Bench) -> None:
    bench.talker()
    console = bench.driver.console("contract")
    assert console.read()
    console.write(b"typed\n")
    bench.driver.stop(Kind.DOMAIN, "contract", FORCE)
    while console.read():
        pass
    console.close()
    with pytest.raises(Refused):
        bench.driver.console("contract")


@needs(Feature.START_DOMAIN, Feature.CONSOLE)
def test_a_closed_console_ends(bench: Bench) -> None:
    bench.talker()
    console = bench.driver.console("contract")
    console.close()
    while console.read():
        pass
    with pytest.raises(Unreachable):
        console.write(b"late")
    bench.driver.console("contract").close()
    with pytest.raises(Refused):
        bench.driver.console("contract", "no-such-console")


# Connections


@needs(Feature.SHARED, Feature.DOMAIN)
def test_two_connections_see_the_same(bench: Bench, connect: Connect) -> None:
    other = connect()
    bench.define(Kind.DOMAIN)
    assert other.observe_one(Kind.DOMAIN, "contract") == bench.see(Kind.DOMAIN)
    other.undefine(Kind.DOMAIN, "contract")
    assert bench.look(Kind.DOMAIN) is None
    other.close()


@needs(Feature.SHARED, Feature.DOMAIN)
def test_a_read_only_connection_refuses_every_verb(bench: Bench, connect: Connect) -> None:
    before = bench.define(Kind.DOMAIN)
    reader = connect(readonly=True)
    verb: Callable[[], object]
    for verb in (
        lambda: reader.define(Kind.DOMAIN, "contract", before.document),
        lambda: reader.undefine(Kind.DOMAIN, "contract"),
        lambda: reader.start(Kind.DOMAIN, "contract"),
        lambda: reader.stop(Kind.DOMAIN, "contract", FORCE),
        lambda: reader.suspend("contract"),
        lambda: reader.resume("contract"),
        lambda: reader.set_autostart(Kind.DOMAIN, "contract", True),
        lambda: reader.set_metadata("contract", MARK),
        lambda: reader.attach_device("contract", "<rng model='virtio'/>"),
        lambda: reader.detach_device("contract", "<rng model='virtio'/>"),
        lambda: reader.update_device("contract", "<rng model='virtio'/>"),
        lambda: reader.set_memory("contract", 1024),
        lambda: reader.set_vcpus("contract", 1),
        lambda: reader.set_text("contract", "title", "x"),
        lambda: reader.tune("contract", "cputune/shares", "5"),
        lambda: reader.update_network("contract", NetworkSection.DHCP_HOST, SectionCommand.ADD, "<host/>"),
        lambda: reader.build_pool("contract"),
        lambda: reader.refresh_pool("contract"),
        lambda: reader.resize_volume("contract/x", 1 << 30),
        lambda: reader.upload_volume("contract/x", Pieces((b"x",)), silent),
        lambda: reader.clone_volume("contract/x", "<volume><name>x</name></volume>", "contract/y"),
        lambda: reader.set_secret_value("ceph:contract secret", b"x"),
        lambda: reader.console("contract"),
    ):
        with pytest.raises(Refused):
            verb()
    assert reader.observe_one(Kind.DOMAIN, "contract") == before
    reader.close()


def test_a_closed_connection_is_unreachable(driver: Driver) -> None:
    driver.close()
    for call in (
        driver.observe,
        driver.capabilities,
        lambda: driver.observe_one(Kind.DOMAIN, "contract"),
        lambda: driver.start(Kind.DOMAIN, "contract"),
    ):
        with pytest.raises(Unreachable):
            call()
    driver.close()
