"""Parts of the planner: what a saved plan is bound to, seeds, strangers, selectors, questions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from drivers.base import Inventory
from reconciler.plan import Options, Selector, World, make_plan
from reconciler.plan.model import Result
from reconciler.plan.observed import Observed
from reconciler.plan.questions import about_differences, about_moves, about_values
from reconciler.plan.replacement import Replacements
from reconciler.plan.scope import Scope, scope_of
from reconciler.plan.seeds import effective_seeds
from reconciler.plan.strangers import without_strangers
from specs.content import Seed, Source
from specs.desired import Policy, goal_digest
from specs.identity import Address, Kind
from specs.secret_source import SecretSource
from tests.reconciler.plan.facts import HOST, VERSION, changed, declare, observe, record
from tests.reconciler.plan.scenes import (
    DISK,
    LAN,
    OFF,
    ON,
    bytes_of,
    guest,
    lan,
    recorded,
    spread,
    there,
    tree,
    volume,
)

OLD_SEED, NEW_SEED = "web-seed-aaaaaaaaaaaaaaaa.iso", "web-seed-bbbbbbbbbbbbbbbb.iso"


def seen_of(world: World, **values: Any) -> str:
    """What a saved plan remembers of a volume."""
    image = replace(volume("web.img", source=Source(file="x")), **values)
    return make_plan(tree(image), world, Options()).seen[str(image.address)]


def test_a_saved_plan_is_bound_to_all_that_was_declared_and_seen() -> None:
    there_now = bytes_of("web.img")
    contents = {volume("web.img").address: "sha256:a"}
    worlds = [
        spread(),
        spread((there_now,)),
        spread((bytes_of("web.img", 5),)),
        spread((there_now,), contents=contents),
        spread((replace(there_now, live=there_now.document),)),
        spread((replace(there_now, power=ON),)),
        spread((replace(there_now, autostart=True),)),
    ]
    digests = [seen_of(world) for world in worlds]
    digests += [seen_of(world, digest="other") for world in worlds]
    assert len(set(digests)) == len(digests)
    assert [seen_of(world) for world in worlds] == digests[: len(worlds)]


def test_what_leaves_is_bound_to_what_was_seen_of_it_too() -> None:
    known = {record(declare(LAN, Kind.NETWORK, "lan"), lan()): ("", "")}
    worlds = [spread((replace(lan(), autostart=on),), records=known) for on in (True, False)]
    plans = [make_plan(tree(guest("db")), world, Options(prune=True)) for world in worlds]
    assert plans[0].seen["Network/lan@hv1"] != plans[1].seen["Network/lan@hv1"]


def test_a_plan_says_for_whom_and_when_it_was_made() -> None:
    plan = make_plan(tree(fleet={"name": "lab"}), spread(now=7.0, hv2=None), Options(commit="c1"))
    assert (plan.fleet, plan.root, plan.created, plan.commit) == ("lab", "tree", 7.0, "c1")
    assert plan.hosts == {HOST: "qemu:///system", "hv2": "qemu:///system"}
    assert plan.unreachable == {"hv2": "no route"}


def test_what_reaches_beyond_a_guest_is_named_where_it_is_touched() -> None:
    web, db = guest("web", privileged=("a device",)), guest("db", privileged=("a device",))
    plan = make_plan(tree(web, db, guest("x")), spread((there(db, OFF),)), Options())
    assert [verdict.address.name for verdict in plan.privileged] == ["web"]


def test_the_words_that_histories_hold_stay() -> None:
    assert list(Result) == ["done", "unchanged", "failed", "skipped", "deferred"]


@pytest.mark.parametrize("values", [{"power": ON}, {"autostart": True}, {"start_new": True}, {}])
def test_a_seed_that_is_kept_is_declared_as_the_guest_has_it(values: dict[str, Any]) -> None:
    seed = volume(NEW_SEED, source=Source(files=(("a", "b"),)), policy=Policy(generated=True))
    other = volume("other.img")
    net = Address(Kind.NETWORK, NEW_SEED, HOST)
    extra = DISK.format(NEW_SEED, "sda", "sata")
    web = guest(extra=extra, seed=Seed("p", NEW_SEED), requires=(net, seed.address, other.address), **values)
    world = spread((there(web, extra=DISK.format(OLD_SEED, "sda", "sata")), bytes_of(OLD_SEED)))
    kept = effective_seeds(tree(web, seed, other), world).desired.resources
    address = replace(seed.address, name=OLD_SEED)
    assert list(kept) == [web.address, other.address, address]
    document = web.document.replace(NEW_SEED, OLD_SEED)
    assert kept[web.address] == replace(
        web,
        document=document,
        digest=goal_digest(document, web.power, web.autostart, start_new=web.start_new),
        requires=(net, address, other.address),
        seed=Seed("p", OLD_SEED),
    )
    document = seed.document.replace(NEW_SEED, OLD_SEED)
    assert kept[address] == replace(
        seed, address=address, native=f"p/{OLD_SEED}", document=document, source=None,
        digest=goal_digest(document, None, None, start_new=False),
    )  # fmt: skip


def machines(**identities: str) -> World:
    """Hosts by the identity of the machine that answers; hv1 was 'a' before."""
    known = {record(guest(), there(guest()), machine="a"): ("", "")}
    inventories = {host: Inventory(host, VERSION, {}, identity=one) for host, one in identities.items()}
    return changed(spread(records=known), inventories=inventories)


@pytest.mark.parametrize(
    ("identities", "accepted", "strange"),
    [
        ({"hv1": "a", "hv2": "b"}, (), ()),
        ({"hv1": "b", "hv2": "c"}, (), ("hv1",)),
        ({"hv1": "b", "hv2": "c"}, ("hv2",), ("hv1",)),
        ({"hv1": "b", "hv2": "c"}, ("hv1",), ()),
        ({"hv1": "b", "hv2": "c"}, ("*",), ()),
        ({"hv1": "", "hv2": ""}, (), ()),
        ({"hv1": "a", "hv2": "a"}, (), ("hv1", "hv2")),
        ({"hv1": "a", "hv2": "a"}, ("hv2",), ()),
        ({"hv2": "a", "hv1": "a", "hv3": "x"}, (), ("hv1", "hv2")),
    ],
)
def test_another_machine_in_a_hosts_place_is_not_reached(
    identities: dict[str, str], accepted: tuple[str, ...], strange: tuple[str, ...]
) -> None:
    world = without_strangers(machines(**identities), accepted)
    assert sorted(world.unreachable) == list(strange)
    assert sorted(world.inventories) == sorted(identities.keys() - set(strange))
    assert world.now == machines().now
    for host in strange:
        both = "hv1 and hv2 are one and the same machine"
        assert both in world.unreachable[host] or "it was 'a' and is 'b'" in world.unreachable[host]
        assert both in world.unreachable[host] or f"--accept-host {host} takes it" in world.unreachable[host]


def test_a_label_selects_what_has_it() -> None:
    labelled = Selector.parse("app=shop")
    address = Address(Kind.DOMAIN, "web")
    assert labelled.matches(address, (("tier", "1"), ("app", "shop")))
    assert not labelled.matches(address, (("app", "shops"),))
    assert not labelled.matches(address, ())


@pytest.mark.parametrize(("text", "said"), [("web", "selects nothing"), ("domain/", "selects nothing"),
                                            ("domian/web", "did you mean 'Domain'")])  # fmt: skip
def test_what_selects_nothing_is_refused(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Selector.parse(text)


def test_whether_something_is_decided_about_a_volume_or_its_guest() -> None:
    one, other, web = (Address(Kind.VOLUME, name, HOST, "p") for name in "abc")
    decided = Replacements({one: "x"}, {other: "y"}, frozenset({web}))
    assert all(map(decided.concern, (one, other, web)))
    assert not decided.concern(Address(Kind.DOMAIN, "web"))


def test_what_stands_in_the_way_of_moves_is_asked_of_running_ones_of_the_scope() -> None:
    net = Address(Kind.NETWORK, "lan", HOST)
    web, off, here = guest("web", power=ON, requires=(net,)), guest("off"), guest("here", power=ON)
    running = there(web)
    world = spread((there(here),), (running, there(off, OFF)))
    desired = tree(web, off, here)
    asked = about_moves(desired, world, Scope())
    assert (asked.cpus, asked.begun) == ({(web.address, HOST): running.live}, True)
    assert about_moves(desired, world, Scope(frozenset({net}))).cpus == asked.cpus
    assert about_moves(desired, world, Scope(frozenset({off.address}))).cpus == {}
    assert not about_moves(tree(here), world, Scope()).begun


def test_capabilities_are_asked_of_hosts_where_something_is_compared() -> None:
    old = declare(LAN, Kind.NETWORK, "old")
    known = {record(old, lan(), host="hv2"): ("", "")}
    world = spread((there(guest()),), records=known, capabilities={})
    asked = about_differences(tree(guest()), world, Options())
    assert asked.capabilities == {HOST, "hv2"}
    assert asked.compared == frozenset({guest().address, old.address})
    assert about_differences(tree(), spread(capabilities={}), Options()).capabilities == set()


def test_nothing_was_seen_of_hosts_at_which_nobody_looked() -> None:
    assert (Observed().inventories, Observed().unreachable, Observed().now) == ({}, {}, 0.0)
    assert Observed().without({}) == Observed()
    assert World(Observed()).records == {}
    lost = spread(hv2=None).observed.without({HOST: "another machine"})
    assert (lost.inventories, lost.unreachable) == ({}, {"hv2": "no route", HOST: "another machine"})


def test_only_a_volume_is_a_marker() -> None:
    named = "p/web.img.0123456789abcdef.filling"
    world = spread((observe(LAN, Kind.NETWORK, named),), (bytes_of(named[2:]),))
    assert world.markers(HOST, "p/web.img") == ()
    assert world.markers("hv2", "p/web.img") == ("0123456789abcdef",)


def test_only_what_has_a_label_is_chosen() -> None:
    web, db = guest("web", labels=(("app", "shop"),)), guest("db", labels=(("app", "x"),))
    plan = make_plan(tree(web, db), spread(), Options(only=(Selector.parse("app=shop"),)))
    assert [verdict.address for verdict in plan.verdicts] == [web.address]


def test_the_guest_of_a_former_seed_that_is_chosen_is_of_the_scope() -> None:
    old = volume(OLD_SEED, policy=Policy(generated=True))
    plain = volume("db-seed-aaaaaaaaaaaaaaaa.iso")
    world = spread(records=recorded((old, bytes_of(OLD_SEED)), (plain, bytes_of(plain.address.name))))
    only = tuple(map(Selector.parse, (f"volume/p/{OLD_SEED}", "volume/p/db-seed-*")))
    scope = scope_of(tree(guest(), guest("db")), world, Options(only=only))
    assert scope.addresses == frozenset({guest().address})


def test_the_contents_of_volumes_that_are_there_and_have_a_source_are_asked_for() -> None:
    source = Source(file="x")
    image, new = volume("web.img", source=source), volume("new.img", source=source)
    secret = declare("<secret/>", Kind.SECRET, "s", secret=SecretSource(text="x"))
    plain = volume("plain.img")
    world = spread((bytes_of("web.img"), bytes_of("plain.img")))
    asked = about_values(tree(image, new, plain, secret), world, Scope())
    assert (asked.contents, asked.secrets) == ((image,), (secret,))
    assert asked.capabilities == set()


def test_what_can_be_read_or_is_not_there_is_not_unreadable() -> None:
    failures = {(Kind.NETWORK, "odd"): "denied", (Kind.VOLUME, "p/*"): "not active"}
    inventories = {HOST: Inventory(HOST, VERSION, {(Kind.NETWORK, "lan"): lan()}, failures)}
    world = spread(inventories=inventories)
    told = [world.unreadable(HOST, Kind.NETWORK, name) for name in ("lan", "odd", "none")]
    assert told == ["", "denied", ""]
    assert world.unreadable("hv2", Kind.NETWORK, "odd") == ""
    failed = [world.failure(HOST, Kind.VOLUME, name) for name in ("p/a", "q/a", "p")]
    assert failed == ["not active", "", "not active"]
    assert world.failure(HOST, Kind.NETWORK, "odd") == "denied"
