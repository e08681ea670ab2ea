"""What is made and changed where it is declared: whole plans, as `told/guests.txt` has them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from drivers.base import Inventory, Observation
from reconciler.plan import Options, Plan, Selector, make_plan
from specs.content import Source
from specs.desired import BuildPolicy, Declared, Policy, PowerState, RestartPolicy, StopPolicy
from specs.documents.marks import Mark
from specs.guests import Ready
from specs.identity import Address, Kind
from specs.secret_source import SecretSource
from tests.reconciler.plan.facts import CAPABILITIES, HOST, VERSION, declare, domain_xml, observe, record
from tests.reconciler.plan.facts import UUID as FLEET
from tests.reconciler.plan.scenes import (
    DISK,
    LAN,
    NIC,
    OFF,
    ON,
    OTHER,
    PAUSED,
    POOL,
    UUID,
    guest,
    lan,
    recorded,
    spread,
    there,
    tree,
    volume,
)
from tests.reconciler.plan.telling import pinned, told

RNG = "<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>"
FREE = Policy(restart=RestartPolicy.IF_NEEDED, stop=StopPolicy(("acpi",), 30))
SECRET = "<secret ephemeral='no' private='yes'><usage type='ceph'><name>key</name></usage></secret>"
ACTIVE, INACTIVE = PowerState.ACTIVE, PowerState.INACTIVE


def plan_of(*declared: Declared, only: tuple[str, ...] = (), **seen: Any) -> Plan:
    return make_plan(tree(*declared), spread(**seen), Options(only=tuple(map(Selector.parse, only))))


def all_that_a_new_guest_needs() -> list[Declared]:
    secret = declare(SECRET, Kind.SECRET, "key", native="ceph:key", secret=SecretSource(text="x"))
    build = Policy(build=BuildPolicy.OVERWRITE)
    pool = declare(POOL, Kind.STORAGE_POOL, "p", power=ACTIVE, autostart=True, policy=build,
                   requires=(secret.address,))  # fmt: skip
    disk = replace(volume("web.img", source=Source(file="web.img")), requires=(pool.address,))
    net = declare(LAN, Kind.NETWORK, "lan", start_new=True)
    needs = (net.address, disk.address)
    web = guest(power=PAUSED, requires=needs, ready=Ready("agent"), privileged=("a device of its host",))
    return [web, disk, net, pool, secret]


def all_of_it_is_new() -> Plan:
    """What is needed comes first, whatever the order of the files."""
    return plan_of(*all_that_a_new_guest_needs())


def only_one_is_chosen() -> Plan:
    """What it needs, at second hand too, comes with it; what else there is does not."""
    return plan_of(*all_that_a_new_guest_needs(), guest("db"), only=("Domain/web",))


def it_cannot_be_held_there() -> Plan:
    """Neither can what needs it, at second hand; what exists already can."""
    net, web = declare(LAN, Kind.NETWORK, "lan"), guest(requires=(Address(Kind.NETWORK, "lan", HOST),))
    db = guest("db", requires=(web.address,))
    old = guest("old", requires=(net.address,))
    less = replace(CAPABILITIES, kinds=frozenset({Kind.DOMAIN}))
    return plan_of(web, db, old, net, hv1=(there(old),), capabilities={HOST: less, "hv2": CAPABILITIES})


def a_pool_is_built_if_it_is_missing() -> Plan:
    build = Policy(build=BuildPolicy.IF_MISSING)
    new = declare(POOL, Kind.STORAGE_POOL, "p", power=ACTIVE, policy=build)
    off = declare(
        POOL.replace(">p<", ">q<"), Kind.STORAGE_POOL, "q", power=INACTIVE, autostart=True, policy=build
    )
    return plan_of(new, off)  # fmt: skip


def edited_while_it_runs() -> Plan:
    """What can be changed live is; the rest waits, and says for what."""
    before = guest("web", extra=RNG, power=ON)
    seen = there(before, extra=RNG)
    after = guest(extra=DISK.format("a.img", "vdb", "virtio"), power=ON, autostart=True)
    after = replace(after, document=after.document.replace("pc-i440fx-7.2", "pc-q35-7.2"))
    return plan_of(after, hv1=(seen,), records=recorded((before, seen)))


def edited_and_restarted() -> Plan:
    seen = there(guest(), extra=RNG)
    after = guest(extra=DISK.format("a.img", "vdb", "virtio"), power=PAUSED, policy=FREE)
    after = replace(after, document=after.document.replace("pc-i440fx-7.2", "pc-q35-7.2"))
    return plan_of(after, hv1=(seen,))


def paused_and_woken() -> Plan:
    seen = there(guest(), PAUSED)
    return plan_of(guest(extra=RNG, power=ON), hv1=(seen,))


def running_and_paused() -> Plan:
    return plan_of(guest(extra=RNG, power=PAUSED), hv1=(there(guest()),))


def stopped_as_its_policy_says() -> Plan:
    policy = Policy(stop=StopPolicy(("agent",), 5, force=True))
    return plan_of(guest(extra=RNG, power=OFF, policy=policy), hv1=(there(guest()),))


def live_drift_alone() -> Plan:
    """What somebody unplugged comes back though the definition is as it was."""
    web = guest(extra=RNG, power=ON)
    seen = there(web, extra=RNG)
    return plan_of(web, hv1=(replace(seen, live=there(web).document),), records=recorded((web, seen)))


def transient() -> Plan:
    """It is given a definition; what was last read back stands in for the one that it has lost."""
    web = guest(power=ON, autostart=None)
    seen = there(web, extra=RNG)
    known = {record(web, seen): (web.document, there(web).document)}
    return plan_of(web, hv1=(replace(seen, persistent=False),), records=known)


def autostart_drifted() -> Plan:
    """As it was when we last looked, where the files leave it alone."""
    web, db = guest("web"), guest("db", autostart=True)
    seen = [replace(there(web, OFF), autostart=True), there(db, OFF)]
    known = recorded((web, there(web, OFF)))
    known |= {record(db, seen[1], autostart=True): (db.document, seen[1].document)}
    return plan_of(web, db, hv1=tuple(seen), records=known)


def without_a_record() -> Plan:
    """The mark says whose change it was, for the power and autostart too; nobody's is adopted."""
    web, db = guest("web", power=ON, autostart=True), guest("db", power=ON)
    nobodys = observe(domain_xml("db", uuid=OTHER, memory=524288), name="db")
    return plan_of(web, db, hv1=(there(guest("web", extra=RNG), OFF), nobodys))


def marked_anew() -> Plan:
    """A mark that says less than it could is made whole, and nothing else is changed; one that says another
    digest stays."""
    whole: dict[str, Any] = {"fleet": "default", "digest": "d", "fleet_uuid": FLEET, "uuid": UUID}
    marks = {
        "web": Mark(**whole, name="web"),
        "older": Mark("default", "d", fleet_uuid=FLEET),
        "safe": Mark(**whole, name="safe"),
    }
    seen = [observe(domain_xml(n, uuid=UUID, mark=str(mark)), name=n) for n, mark in marks.items()]
    safe = guest("safe", policy=Policy(protect=True))
    return plan_of(guest("web"), guest("older"), safe, hv1=tuple(seen))


def somebody_elses() -> Plan:
    """Another fleet's, one of the same name but another UUID, another guest than ours, a record of which
    says no UUID or another host, and one whose UUID was declared."""
    names = ("theirs", "namesakes", "other", "first", "moved", "taken")
    guests = {name: guest(name) for name in names}
    guests["taken"] = declare(domain_xml("taken", uuid=UUID), name="taken")
    marks = {
        "theirs": str(Mark("theirs", "d", fleet_uuid=FLEET, uuid=UUID, name="theirs")),
        "namesakes": str(Mark("default", "d", fleet_uuid=OTHER, uuid=UUID, name="namesakes")),
    }
    seen = {n: observe(domain_xml(n, uuid=UUID, mark=marks.get(n, "")), name=n) for n in names}
    uuids = {"other": OTHER, "first": "", "moved": OTHER, "taken": OTHER}
    known = {
        record(guests[n], seen[n], uuid=uuid, host="hv2" if n == "moved" else HOST, readback_digest=""): (
            "",
            "",
        )
        for n, uuid in uuids.items()
    }
    return plan_of(*guests.values(), hv1=tuple(seen.values()), records=known)


def its_uuid_is_taken() -> Plan:
    """By a guest; that of a network is another matter. A declared one counts as it is written."""
    web, db, net = guest("web"), declare(domain_xml("db", uuid=OTHER.upper()), name="db"), guest("ok")
    net = replace(net, uuid=UUID)
    seen = (
        observe(domain_xml("x", uuid=web.uuid), name="x"),
        observe(domain_xml("y", uuid=OTHER), name="y"),
        observe(LAN.replace(OTHER, UUID), Kind.NETWORK, "lan", power=ACTIVE),
        observe(domain_xml("z"), name="z"),
    )
    return plan_of(web, db, net, hv1=seen)


def held(
    declared: Declared, *seen: Observation, failures: dict[tuple[Kind, str], str], **values: Any
) -> Plan:
    objects = {(each.kind, each.name): each for each in seen}
    inventories = {HOST: Inventory(HOST, VERSION, objects, failures), "hv2": Inventory("hv2", VERSION, {})}
    return plan_of(declared, inventories=inventories, **values)


def in_a_pool_that_could_not_be_looked_into() -> Plan:
    """A volume that is recorded counts as there, another is made if it is missing."""
    new, old = volume("new.img"), volume("old.img")
    filled = volume("filled.img", source=Source(file="x"))
    other = replace(volume("b.img"), address=Address(Kind.VOLUME, "b.img", HOST, "q"), native="q/b.img")
    failures = {(Kind.VOLUME, "p/*"): "not active"}
    inventories = {HOST: Inventory(HOST, VERSION, {}, failures)}
    known = {record(old, observe("<volume/>", Kind.VOLUME, "p/old.img")): ("", "")}
    return plan_of(new, old, filled, other, inventories=inventories, records=known)


def it_cannot_be_read() -> Plan:
    net = declare(LAN, Kind.NETWORK, "lan")
    return held(net, failures={(Kind.NETWORK, "lan"): "permission denied"})


def a_network_that_is_changed_while_it_is_active() -> Plan:
    """An entry is added at once; the bridge waits for a restart that nobody allowed."""
    dhcp = "<dhcp>{}<range start='10.7.0.9' end='10.7.0.20'/></dhcp>"
    host = f"<ip address='10.7.0.1' netmask='255.255.255.0'>{dhcp}</ip>"
    one = host.format("<host mac='52:54:00:00:00:01' ip='10.7.0.2'/>")
    before, after = (LAN.replace("</network>", f"{part}</network>") for part in (host.format(""), one))
    net = declare(after, Kind.NETWORK, "lan", power=ACTIVE)
    seen = observe(before, Kind.NETWORK, "lan", power=ACTIVE, live=before)
    return plan_of(net, hv1=(seen,))


def a_network_that_ought_to_be_active() -> Plan:
    """What a raw file leaves alone stays; what never got so far is started."""
    net = declare(LAN, Kind.NETWORK, "lan", start_new=True)
    seen = lan(INACTIVE)
    known = {record(net, seen, power=None): (LAN, LAN)}
    return plan_of(net, hv1=(seen,), records=known)


def a_host_that_cannot_be_reached() -> Plan:
    """Nothing is done there; elsewhere all goes on."""
    net = declare(LAN, Kind.NETWORK, "lan", host="hv2", address=Address(Kind.NETWORK, "lan", "hv2"))
    return plan_of(net, guest("db", extra=NIC), guest("web", host="hv2"), hv2=None)


def after_one_that_is_not_started() -> Plan:
    """One that waits for a guest that is held back waits too; what runs, or need not, holds up nobody."""
    names = ("first", "off", "up", "gone")
    first, off, up, gone = (Address(Kind.DOMAIN, name) for name in names)
    blocked = guest("first", power=ON)
    stopped, runs = guest("off", power=OFF), guest("up", power=ON, ready=Ready("agent"))
    web, db = (
        guest("web", power=ON, after=(off, up, gone, first)),
        guest("db", power=ON, after=(off, up, gone)),
    )
    taken = observe(domain_xml("x", uuid=blocked.uuid), name="x")
    return plan_of(web, db, blocked, stopped, runs, hv1=(taken, there(runs)))  # fmt: skip


def after_one_that_starts() -> Plan:
    """Its start, and that it is ready, are waited for; a paused one gets not ready."""
    db, slow = guest("db", power=ON, ready=Ready("lease")), guest("slow", power=PAUSED, ready=Ready("agent"))
    web = guest("web", power=ON, after=(db.address, slow.address))
    return plan_of(web, slow, db)


CASES: dict[str, Callable[[], Plan]] = {
    made.__name__.replace("_", " "): made
    for made in (
        all_of_it_is_new,
        only_one_is_chosen,
        it_cannot_be_held_there,
        a_pool_is_built_if_it_is_missing,
        edited_while_it_runs,
        edited_and_restarted,
        paused_and_woken,
        running_and_paused,
        stopped_as_its_policy_says,
        live_drift_alone,
        transient,
        autostart_drifted,
        without_a_record,
        marked_anew,
        somebody_elses,
        its_uuid_is_taken,
        in_a_pool_that_could_not_be_looked_into,
        it_cannot_be_read,
        a_network_that_is_changed_while_it_is_active,
        a_network_that_ought_to_be_active,
        a_host_that_cannot_be_reached,
        after_one_that_is_not_started,
        after_one_that_starts,
    )
}


@pytest.mark.parametrize("title", CASES)
def test_a_plan_is_as_it_was_pinned(title: str) -> None:
    assert told(CASES[title]()) == pinned("guests")[title]


def test_nothing_else_is_pinned() -> None:
    assert list(pinned("guests")) == list(CASES)
