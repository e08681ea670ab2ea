"""Moves, and all that goes with them: whole plans, as `told/moves.txt` has them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from reconciler.plan import Options, Plan, make_plan
from specs.content import Seed, Source
from specs.desired import Declared, Policy
from specs.guests import HostMigration, MigrationPolicy, Placement
from specs.identity import Address, Kind
from state.fills import NotedFill
from tests.reconciler.plan.facts import CAPABILITIES, HOST, domain_xml, record
from tests.reconciler.plan.scenes import (
    DISK,
    LAN,
    NIC,
    OFF,
    ON,
    OTHER,
    PAUSED,
    UUID,
    bytes_of,
    guest,
    lan,
    recorded,
    spread,
    there,
    tree,
    volume,
)
from tests.reconciler.plan.telling import pinned, told

NOTHING = Options()
OWN = DISK.format("web.img", "vda", "virtio")
SEED = "web-seed-bbbbbbbbbbbbbbbb.iso"
COPY = MigrationPolicy(storage="copy")
NONCE = "0123456789abcdef"
DB = Address(Kind.DOMAIN, "db")


def plan_of(*declared: Declared, hosts: dict[str, Any] | None = None, **seen: Any) -> Plan:
    return make_plan(tree(*declared, **(hosts or {})), spread(**seen), NOTHING)


def edited_and_sent_elsewhere() -> Plan:
    """The destination is reached under another address; what is edited goes along, autostart follows."""
    web = guest("web", power=ON, autostart=True, privileged=("has a device",))
    web = replace(web, document=domain_xml(memory=2097152))
    hosts = {"hv1": {"migration": HostMigration("10.0.0.9")}}
    return plan_of(web, hosts=hosts, hv2=(there(web),))


def paused_stays_paused() -> Plan:
    web = guest(power=PAUSED)
    return plan_of(web, hosts={"hv1": {"migration": HostMigration("10.0.0.9")}}, hv2=(there(web, PAUSED),))


def stopped_first() -> Plan:
    web = guest(power=OFF)
    hosts = {"hv1": {"migration": HostMigration("10.0.0.9")}}
    return plan_of(web, hosts=hosts, hv2=(there(web),))


def only_when_it_is_stopped() -> Plan:
    """What follows the move waits with it; a definition of its own is none."""
    web = guest(power=ON, autostart=True, migration=MigrationPolicy(allow="stopped"))
    return plan_of(web, hv2=(there(web, memory=524288),))


def every_obstacle() -> Plan:
    extra = (
        OWN + DISK.format("gone.img", "vdb", "virtio") + NIC
        + "<hostdev mode='subsystem' type='usb'><source><vendor id='0x1'/></source></hostdev>"
    )  # fmt: skip
    disk = volume("web.img")
    web = guest(
        power=ON,
        requires=(disk.address,),
        migration=MigrationPolicy(allow="never", mode="tunnelled", storage="copy"),
    )
    free = {HOST: replace(CAPABILITIES, memory_free_kib=524288), "hv2": CAPABILITIES}
    return plan_of(
        web,
        disk,
        hosts={"hv1": {"maintenance": True}, "hv2": {"uri": "xen+ssh://hv2/"}},
        hv1=(bytes_of("web.img"),),
        hv2=(there(web, extra=extra), bytes_of("web.img")),
        capabilities=free,
        cpu_problems={(web.address, HOST): "hv1's CPU lacks avx"},
    )


def nothing_is_in_the_way_of_one_that_is_stopped() -> Plan:
    """Neither memory, nor the CPU, nor a device of the host is asked about; an equal amount is enough."""
    web = guest(power=OFF)
    there_now = there(web, OFF, extra="<hostdev mode='subsystem' type='usb'/>")
    tight = {HOST: replace(CAPABILITIES, memory_free_kib=1), "hv2": CAPABILITIES}
    problems = {(web.address, HOST): "hv1's CPU lacks avx"}
    uris = {"hv1": {"uri": "qemu:///system"}, "hv2": {"uri": "qemu+ssh://hv2/system"}}
    return plan_of(web, hosts=uris, hv2=(there_now,), capabilities=tight, cpu_problems=problems)


def memory_just_enough() -> Plan:
    web = guest(power=ON)
    tight = {HOST: replace(CAPABILITIES, memory_free_kib=1048576), "hv2": CAPABILITIES}
    return plan_of(web, hv2=(there(web),), capabilities=tight)


def with_what_the_destination_has_or_gets() -> Plan:
    """A network that is there, a shared volume, and one that is declared."""
    shared, own = volume("shared.img", shared=True), volume("own.img")
    extra = NIC + DISK.format("shared.img", "vda", "virtio") + DISK.format("own.img", "vdb", "virtio")
    web = guest(extra=extra, power=ON, migration=COPY)
    return plan_of(
        web, shared, own, hv1=(lan(), bytes_of("shared.img")), hv2=(there(web, extra=extra), lan())
    )


def disk_of(power: Any, *, hv1: tuple[Any, ...] = (), disk: Declared | None = None, **values: Any) -> Plan:
    disk = disk or volume("web.img")
    web = guest(extra=OWN, power=power, requires=(disk.address,), migration=COPY)
    seen = (there(web, power, extra=OWN), bytes_of("web.img", 2 << 30))
    return plan_of(web, disk, hv1=hv1, hv2=seen, **values)


def its_disk_comes_along_live() -> Plan:
    disk = volume("web.img")
    source = replace(disk, address=replace(disk.address, host="hv2"), host="hv2")
    return disk_of(ON, records=recorded((source, bytes_of("web.img")), content="sha256:abc"))


def its_disk_was_made_before_and_comes_along() -> Plan:
    disk = volume("web.img")
    return disk_of(ON, hv1=(bytes_of("web.img"),), records=recorded((disk, bytes_of("web.img"))))


def its_disk_is_copied_first() -> Plan:
    return disk_of(OFF)


def its_disk_is_copied_over_a_half_of_it() -> Plan:
    disk = volume("web.img")
    here = (bytes_of("web.img"), bytes_of(f"web.img.{NONCE}.filling"))
    return disk_of(OFF, hv1=here, fills={disk.address: NotedFill(disk.address, NONCE, 1)})


def what_a_killed_process_left_is_its_own() -> Plan:
    disk = volume("web.img")
    return disk_of(OFF, hv1=(bytes_of("web.img"),), begun=frozenset({disk.address}))


def its_disk_is_used_by_a_stranger() -> Plan:
    disk = volume("web.img")
    user = there(guest("other"), uuid=OTHER, extra=OWN)
    return disk_of(OFF, hv1=(bytes_of("web.img"), user), begun=frozenset({disk.address}))


def its_disk_waits_with_it() -> Plan:
    disk = volume("web.img")
    policy = MigrationPolicy(storage="copy", allow="stopped")
    web = guest(extra=OWN, power=ON, requires=(disk.address,), migration=policy)
    return plan_of(web, disk, hv2=(there(web, extra=OWN), bytes_of("web.img")))


def its_disk_cannot_be_read() -> Plan:
    disk = volume("web.img")
    web = guest(extra=OWN, power=OFF, requires=(disk.address,), migration=COPY)
    broken = replace(bytes_of("web.img"), document="<other/>")
    return plan_of(web, disk, hv2=(there(web, OFF, extra=OWN), broken))


def its_seed_comes_along() -> Plan:
    """It is kept as it is, though the files make another by now: what is no source is copied beforehand."""
    seed = volume(SEED, policy=Policy(generated=True))
    extra = DISK.format(SEED, "sda", "sata").replace("'disk'", "'cdrom'")
    web = guest(extra=extra, power=ON, requires=(seed.address,), seed=Seed("p", SEED))
    return plan_of(web, seed, hv2=(there(web, extra=extra), bytes_of(SEED)))


def its_seed_is_made_anew() -> Plan:
    source = Source(files=(("user-data", "x"),), label="cidata", identity="seed:b")
    seed = volume(SEED, policy=Policy(generated=True), source=source)
    extra = DISK.format(SEED, "sda", "sata").replace("'disk'", "'cdrom'")
    web = guest(extra=extra, power=ON, requires=(seed.address,), seed=Seed("p", SEED), migration=COPY)
    return plan_of(web, seed, hv2=(there(web, extra=extra), bytes_of(SEED)))


def left_over_and_changed() -> Plan:
    web = guest(power=ON, autostart=True)
    return plan_of(web, hv1=(there(web),), hv2=(there(web, OFF),))


def moved_back_to_where_a_copy_was_left() -> Plan:
    web = guest(power=ON)
    return plan_of(web, hv1=(there(web, OFF),), hv2=(there(web),))


def refused_with_something_left_over() -> Plan:
    """Nothing is tidied up while something is wrong."""
    web = guest(power=ON)
    ours = there(web)
    theirs = replace(ours, document=ours.document.replace('fleet="default"', 'fleet="theirs"'))
    known = {record(web, ours, host="hv2", uuid=UUID): ("", "")}
    return plan_of(web, hv1=(theirs,), hv2=(there(web, OFF),), records=known)


def another_fleets_by_now() -> Plan:
    """It was ours and on hv2, where another fleet has marked it since: it is not taken back."""
    web = guest(power=ON)
    ours = there(web)
    theirs = replace(ours, document=ours.document.replace('fleet="default"', 'fleet="theirs"'))
    return plan_of(web, hv2=(theirs,), records={record(web, ours, host="hv2", uuid=UUID): ("", "")})


def placed_elsewhere() -> Plan:
    """One that cannot leave a host in maintenance says so; one that nobody placed says that too."""
    web, db = guest(power=ON), guest("db", power=ON)
    web = replace(web, placement=Placement())
    seen = (there(web), there(db, uuid=OTHER))
    hosts = {"hv1": {"maintenance": True}}
    return plan_of(web, db, hosts=hosts, hv1=seen, unplaced={web.address: "hv2 is full"})


def nothing_starts_in_maintenance() -> Plan:
    """What is stopped or new stays so, and what is no guest goes on."""
    net = replace(guest("lan"), address=Address(Kind.NETWORK, "lan", HOST), document=LAN)
    web, db = guest(power=ON), guest("db", power=ON)
    return plan_of(web, db, net, hosts={"hv1": {"maintenance": True}}, hv1=(there(web, OFF),))


CASES: dict[str, Callable[[], Plan]] = {
    made.__name__.replace("_", " "): made
    for made in (
        edited_and_sent_elsewhere,
        paused_stays_paused,
        stopped_first,
        only_when_it_is_stopped,
        every_obstacle,
        nothing_is_in_the_way_of_one_that_is_stopped,
        memory_just_enough,
        with_what_the_destination_has_or_gets,
        its_disk_comes_along_live,
        its_disk_was_made_before_and_comes_along,
        its_disk_is_copied_first,
        its_disk_is_copied_over_a_half_of_it,
        what_a_killed_process_left_is_its_own,
        its_disk_is_used_by_a_stranger,
        its_disk_waits_with_it,
        its_disk_cannot_be_read,
        its_seed_comes_along,
        its_seed_is_made_anew,
        left_over_and_changed,
        moved_back_to_where_a_copy_was_left,
        refused_with_something_left_over,
        another_fleets_by_now,
        placed_elsewhere,
        nothing_starts_in_maintenance,
    )
}


@pytest.mark.parametrize("title", CASES)
def test_a_plan_is_as_it_was_pinned(title: str) -> None:
    assert told(CASES[title]()) == pinned("moves")[title]


def test_nothing_else_is_pinned() -> None:
    assert list(pinned("moves")) == list(CASES)
