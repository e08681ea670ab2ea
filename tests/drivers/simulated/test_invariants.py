"""Any sequence of verbs leaves a host that makes sense, and the file says the same as the connection."""

from __future__ import annotations

import re
import shutil
import tempfile
from operator import attrgetter
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from drivers.base import NetworkChange, NetworkSection, Observation, SectionCommand
from drivers.base.errors import DriverError
from drivers.contract.complete import CompleteHost, open_complete
from specs.desired import PowerState, StopPolicy
from specs.identity import Kind

KINDS = st.sampled_from([Kind.DOMAIN, Kind.NETWORK, Kind.STORAGE_POOL])
NAMES = st.sampled_from(["a", "b"])
SIZES = st.sampled_from([1 << 20, 2 << 20, 3 << 20])
DISK = (
    "<disk type='volume'><source pool='{0}' volume='v'/><target dev='{1}' bus='virtio'/></disk>"
    "<interface type='network'><source network='{0}'/></interface>"
)
DOCUMENTS = {
    Kind.DOMAIN: "<domain type='qemu'><name>{0}</name>{2}<memory>65536</memory><vcpu current='1'>4</vcpu>"
    "<os><type machine='{3}'>hvm</type></os><devices>" + DISK + "</devices></domain>",
    Kind.NETWORK: "<network><name>{0}</name>{2}<ip address='10.1.0.1' prefix='24'/></network>",
    Kind.STORAGE_POOL: "<pool type='dir'><name>{0}</name>{2}<target><path>/srv/{0}</path></target></pool>",
}
ACTIVE = {PowerState.RUNNING, PowerState.PAUSED, PowerState.ACTIVE}


class Verbs(RuleBasedStateMachine):
    """Calls anything on anything; what is refused must leave no trace, and is not asked about."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.driver = self.connect()
        self.seen = self.driver.observe.inventory().objects

    def connect(self, readonly: bool = False) -> CompleteHost:
        return open_complete(f"sim://{self.folder}/host.db", host="hv", readonly=readonly)

    def call(self, verb: str, *arguments: object, **named: object) -> None:
        before = self.driver.observe.inventory().objects
        try:
            attrgetter(verb)(self.driver)(*arguments, **named)
        except DriverError:
            assert self.driver.observe.inventory().objects == before

    @initialize()
    def furnish(self) -> None:
        for kind in (Kind.NETWORK, Kind.STORAGE_POOL):
            self.driver.lifecycle.define(kind, "a", DOCUMENTS[kind].format("a", "", "", ""))
        self.driver.lifecycle.build_pool("a")
        self.driver.lifecycle.start(Kind.STORAGE_POOL, "a")
        self.driver.lifecycle.start(Kind.NETWORK, "a")
        self.create("a", 1 << 20)
        self.define(Kind.DOMAIN, "a", "vda", "q35", True)
        self.driver.lifecycle.start(Kind.DOMAIN, "a")

    @rule(
        kind=KINDS,
        name=NAMES,
        disk=st.sampled_from(["vda", "vdb"]),
        machine=st.sampled_from(["pc", "q35"]),
        same=st.booleans(),
    )
    def define(self, kind: Kind, name: str, disk: str, machine: str, same: bool) -> None:
        seen = self.driver.observe.one(kind, name)
        uuid = re.search(r"<uuid>.*</uuid>", seen.document) if seen and same else None
        document = DOCUMENTS[kind].format(name, disk, uuid[0] if uuid else "", machine)
        self.call("lifecycle.define", kind, name, document)

    @rule(kind=KINDS, name=NAMES)
    def redefine(self, kind: Kind, name: str) -> None:
        seen = self.driver.observe.one(kind, name)
        if seen:
            self.driver.lifecycle.define(kind, name, seen.document)
            assert self.driver.observe.one(kind, name) == seen

    @rule(kind=KINDS, name=NAMES)
    def undefine(self, kind: Kind, name: str) -> None:
        self.call("lifecycle.undefine", kind, name)

    @rule(kind=KINDS, name=NAMES, paused=st.booleans())
    def start(self, kind: Kind, name: str, paused: bool) -> None:
        self.call("lifecycle.start", kind, name, paused=paused)

    @rule(kind=KINDS, name=NAMES)
    def stop(self, kind: Kind, name: str) -> None:
        self.call("lifecycle.stop", kind, name, StopPolicy())

    @rule(
        verb=st.sampled_from(
            ["lifecycle.suspend", "lifecycle.resume", "lifecycle.build_pool", "lifecycle.refresh_pool"]
        ),
        name=NAMES,
    )
    def simple(self, verb: str, name: str) -> None:
        self.call(verb, name)

    @rule(kind=KINDS, name=NAMES, on=st.booleans())
    def autostart(self, kind: Kind, name: str, on: bool) -> None:
        self.call("lifecycle.set_autostart", kind, name, on)

    @rule(pool=NAMES, size=SIZES)
    def create(self, pool: str, size: int) -> None:
        document = f"<volume><name>v</name><capacity>{size}</capacity></volume>"
        self.call("lifecycle.define", Kind.VOLUME, f"{pool}/v", document)

    @rule(pool=NAMES)
    def delete(self, pool: str) -> None:
        self.call("lifecycle.undefine", Kind.VOLUME, f"{pool}/v")

    @rule(pool=NAMES, size=SIZES)
    def resize(self, pool: str, size: int) -> None:
        self.call("storage.resize", f"{pool}/v", size)

    @rule(
        verb=st.sampled_from(["live.attach", "live.detach", "live.update"]),
        name=NAMES,
        device=st.sampled_from(
            [
                "<disk type='file'><source file='/x'/><target dev='vdc' bus='virtio'/></disk>",
                "<interface type='network'><mac address='52:54:00:00:00:01'/><source network='b'/>"
                "<model type='virtio'/></interface>",
                "<rng model='virtio'><backend model='random'>/dev/random</backend></rng>",
                "<video/>",
            ]
        ),
    )
    def plug(self, verb: str, name: str, device: str) -> None:
        self.call(verb, name, device)

    @rule(name=NAMES, kib=st.integers(-1, 70000), count=st.integers(0, 5))
    def size(self, name: str, kib: int, count: int) -> None:
        self.call("live.set_memory", name, kib)
        self.call("live.set_vcpus", name, count)

    @rule(name=NAMES, command=st.sampled_from(SectionCommand), ip=st.sampled_from(["10.1.0.5", "10.1.0.6"]))
    def entry(self, name: str, command: SectionCommand, ip: str) -> None:
        entry = f"<host mac='52:54:00:00:00:01' ip='{ip}'/>"
        self.call("live.update_network", name, NetworkChange(NetworkSection.DHCP_HOST, command, entry))

    @rule()
    def reopen(self) -> None:
        before = self.driver.observe.inventory()
        self.driver.close()
        self.driver = self.connect()
        assert self.driver.observe.inventory() == before

    @invariant()
    def a_reader_sees_the_same(self) -> None:
        reader = self.connect(readonly=True)
        inventory = reader.observe.inventory()
        assert inventory == self.driver.observe.inventory()
        for (kind, name), seen in inventory.objects.items():
            assert reader.observe.one(kind, name) == seen
        reader.close()

    @invariant()
    def live_documents_belong_to_active_objects(self) -> None:
        for (kind, _), seen in self.driver.observe.inventory().objects.items():
            if kind in (Kind.DOMAIN, Kind.NETWORK):
                assert (seen.live is not None) is (seen.power in ACTIVE)
            if kind is Kind.DOMAIN and seen.live:
                assert uuid(seen.document) == uuid(seen)

    @invariant()
    def volumes_belong_to_active_pools_and_never_shrink(self) -> None:
        objects = self.driver.observe.inventory().objects
        for (kind, name), seen in objects.items():
            if kind is not Kind.VOLUME:
                continue
            assert objects[Kind.STORAGE_POOL, name.partition("/")[0]].power is PowerState.ACTIVE
            before = self.seen.get((kind, name))
            if before and stamp(before) == stamp(seen):
                assert capacity(seen) >= capacity(before)
        self.seen = objects

    @invariant()
    def no_two_guests_write_to_one_volume(self) -> None:
        images = [
            image
            for (kind, _), seen in self.driver.observe.inventory().objects.items()
            if kind is Kind.DOMAIN
            for image in re.findall(r'<source pool="\w" volume="v"|<source file="/x"', seen.live or "")
        ]
        assert len(images) == len(set(images))

    @invariant()
    def identities_are_unique(self) -> None:
        objects = self.driver.observe.inventory().objects
        with_uuid = [(kind, uuid(seen)) for (kind, _), seen in objects.items() if kind is not Kind.VOLUME]
        assert len(with_uuid) == len(set(with_uuid))

    def teardown(self) -> None:
        self.driver.close()
        shutil.rmtree(self.folder)


def uuid(seen: Observation | str) -> str:
    text = seen if isinstance(seen, str) else (seen.live or seen.document)
    match = re.search(r"<uuid>(.*)</uuid>", text)
    assert match is not None
    return match[1]


def capacity(seen: Observation) -> int:
    match = re.search(r"<capacity[^>]*>(\d+)<", seen.document)
    assert match is not None
    return int(match[1])


def stamp(seen: Observation) -> str:
    """When a volume was created: tells it from another of the same name."""
    match = re.search(r"<ctime>(.*)</ctime>", seen.document)
    assert match is not None
    return match[1]


TestVerbs = Verbs.TestCase
TestVerbs.settings = settings(max_examples=25, stateful_step_count=30, deadline=None)
