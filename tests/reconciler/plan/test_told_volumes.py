"""Volumes, what they are filled with, and who stops for it: whole plans, as `told/volumes.txt` has them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from drivers.base import Observation
from reconciler.plan import Options, Plan, make_plan
from specs.content import OnSeedChange, OnSourceChange, Seed, Source
from specs.desired import Declared, OnDelete, Policy, RestartPolicy
from specs.identity import Address, Kind
from specs.windows import weekly
from state.fills import NotedFill
from tests.reconciler.plan.facts import NOW, record
from tests.reconciler.plan.scenes import (
    DISK,
    OFF,
    ON,
    OTHER,
    bytes_of,
    guest,
    recorded,
    spread,
    there,
    tree,
    volume,
)
from tests.reconciler.plan.telling import pinned, told

IMAGE = Source(url="https://images.example/debian.qcow2", identity="sha256:new")
OWN = DISK.format("web.img", "vda", "virtio")
NONCE, SECOND = "0123456789abcdef", "fedcba9876543210"
REPLACE = Policy(on_source_change=OnSourceChange.REPLACE)
FREE = Policy(restart=RestartPolicy.IF_NEEDED)
IMG = volume("web.img", source=IMAGE)
NEW = {IMG.address: "sha256:new"}
SEED, FORMER = "web-seed-bbbbbbbbbbbbbbbb.iso", "web-seed-aaaaaaaaaaaaaaaa.iso"
CDROM = DISK.format("{0}", "sda", "sata").replace("'disk'", "'cdrom'")


def plan_of(*declared: Declared, hosts: dict[str, Any] | None = None, **seen: Any) -> Plan:
    return make_plan(tree(*declared, **(hosts or {})), spread(**seen), Options())


def marker(nonce: str = NONCE) -> Observation:
    return bytes_of(f"web.img.{nonce}.filling", 512)


def half_filled(disk: Declared = IMG, *users: Observation, **values: Any) -> Plan:
    """By a fill of ours, unless said otherwise."""
    fills = {disk.address: NotedFill(disk.address, NONCE, 1)}
    return plan_of(disk, **{"hv1": (bytes_of("web.img"), marker(), *users), "fills": fills, **values})


def half_filled_by_us() -> Plan:
    return half_filled()


def half_filled_twice_by_us_and_a_stray() -> Plan:
    """What an earlier fill of ours left counts too; another one does not."""
    fill = NotedFill(IMG.address, NONCE, 1, taken=(SECOND,))
    seen = (bytes_of("web.img"), marker(), marker(SECOND), marker("a" * 16))
    return plan_of(IMG, hv1=seen, fills={IMG.address: fill})


def half_filled_by_who_knows() -> Plan:
    return half_filled(fills={}, hv1=(bytes_of("web.img"), marker(), marker(SECOND)))


def filled_and_only_marked() -> Plan:
    fill = NotedFill(IMG.address, NONCE, 1, filled=True, content="sha256:new")
    user = there(guest(), extra=OWN)
    return half_filled(IMG, user, fills={IMG.address: fill}, contents=NEW)


def filled_with_another_and_marked() -> Plan:
    fill = NotedFill(IMG.address, NONCE, 1, filled=True, content="sha256:old")
    user = there(guest(), extra=OWN)
    return half_filled(IMG, user, fills={IMG.address: fill}, contents=NEW)


def half_filled_and_in_use() -> Plan:
    return half_filled(IMG, there(guest(), extra=OWN))


def half_filled_and_used_by_one_that_is_stopped() -> Plan:
    return half_filled(IMG, there(guest(), OFF, extra=OWN))


def half_filled_by_who_knows_and_used_by_one_that_is_stopped() -> Plan:
    return half_filled(IMG, there(guest(), OFF, extra=OWN), fills={})


def half_filled_without_a_source() -> Plan:
    """A guest does not start from it, and waits with what needs no disk."""
    disk = volume("web.img")
    web, db = (guest(name, extra=OWN, power=ON, autostart=True) for name in ("web", "db"))
    web = replace(web, requires=(disk.address,))
    fills = {disk.address: NotedFill(disk.address, NONCE, 1)}
    return plan_of(web, db, disk, hv1=(bytes_of("web.img"), marker()), fills=fills)


def half_filled_and_shared() -> Plan:
    """Hosts that cannot be asked may use it, unless they are fenced."""
    shared = volume("web.img", source=IMAGE, shared=True)
    return half_filled(shared, hv2=None)


def half_filled_and_shared_with_a_fenced_host() -> Plan:
    shared = volume("web.img", source=IMAGE, shared=True)
    return half_filled(shared, hv2=None, hosts={"hv2": {"fenced": True}})


def half_filled_and_used_elsewhere() -> Plan:
    shared = volume("web.img", source=IMAGE, shared=True)
    return half_filled(shared, hv2=(there(guest("db"), extra=OWN),))


def known_and_strays_beside_it() -> Plan:
    known = recorded((IMG, bytes_of("web.img")), content="sha256:new")
    bare = bytes_of("web.img.filling", 512)
    return plan_of(IMG, hv1=(bytes_of("web.img"), marker(), bare), records=known, contents=NEW)


def new_beside_a_stray() -> Plan:
    known = recorded((IMG, bytes_of("web.img")), content="sha256:new")
    return plan_of(IMG, hv1=(marker(),), records=known)


def new_beside_a_forgotten_marker() -> Plan:
    return plan_of(IMG, hv1=(marker(),))


def grown() -> Plan:
    disk = volume("web.img", 2 << 30)
    known = recorded((volume("web.img"), bytes_of("web.img")))
    return plan_of(disk, hv1=(bytes_of("web.img"),), records=known)


def shrunk_or_of_another_format() -> Plan:
    small, other = volume("web.img", 1 << 20), volume("db.img", 1 << 20)
    return plan_of(small, other, hv1=(bytes_of("web.img"), bytes_of("db.img", form="qcow2")))


def its_source_changed(disk: Declared = IMG, *rest: Declared, **values: Any) -> Plan:
    known = recorded((disk, bytes_of("web.img")), content="sha256:old")
    seen = {"hv1": (bytes_of("web.img"),), "records": known, "contents": {disk.address: "sha256:new"}}
    return plan_of(disk, *rest, **{**seen, **values})


def its_source_changed_and_it_stays() -> Plan:
    return its_source_changed()


def its_source_is_told_for_the_first_time() -> Plan:
    known = recorded((IMG, bytes_of("web.img")), content="")
    return its_source_changed(records=known)


REPLACED = volume("web.img", source=IMAGE, policy=REPLACE)


def user(policy: Policy = FREE, **values: Any) -> Declared:
    return guest(extra=OWN, power=ON, requires=(REPLACED.address,), policy=policy, **values)


def replaced_under_a_running_guest() -> Plan:
    """It stops, and starts again as it was declared meanwhile."""
    web = user(autostart=True)
    return its_source_changed(REPLACED, web, hv1=(bytes_of("web.img"), there(web, extra=OWN, memory=524288)))


def replaced_under_one_that_must_not_stop() -> Plan:
    web = user(Policy())
    return its_source_changed(REPLACED, web, hv1=(bytes_of("web.img"), there(web, extra=OWN)))


def replaced_under_one_that_is_stopped_and_one_that_is_nobodys() -> Plan:
    web = replace(user(), power=OFF)
    stopped = its_source_changed(REPLACED, web, hv1=(bytes_of("web.img"), there(web, OFF, extra=OWN)))
    assert [action.verb for action in stopped.actions] == ["fill"]
    stranger = there(guest("db"), OFF, uuid=OTHER, extra=OWN)
    return its_source_changed(REPLACED, web, hv1=(bytes_of("web.img"), stranger))


def replaced_under_a_running_one_that_is_nobodys() -> Plan:
    stranger = there(guest("db"), uuid=OTHER, extra=OWN)
    return its_source_changed(REPLACED, hv1=(bytes_of("web.img"), stranger))


def replaced_below_others() -> Plan:
    top, upper = bytes_of("top.img", backing="web.img"), bytes_of("upper.img", backing="web.img")
    return its_source_changed(REPLACED, hv1=(bytes_of("web.img"), top, upper))


def replaced_with_what_lies_upon_it() -> Plan:
    top = volume("top.img", source=IMAGE, policy=REPLACE)
    over = bytes_of("top.img", backing="web.img")
    known = recorded((REPLACED, bytes_of("web.img")), (top, over), content="sha256:old")
    contents = {REPLACED.address: "sha256:new", top.address: "sha256:new"}
    return its_source_changed(
        REPLACED, top, hv1=(bytes_of("web.img"), over), records=known, contents=contents
    )


def replaced_in_its_window() -> Plan:
    """Sunday 15:06 UTC it is."""
    windows = (weekly((6,), 15 * 60, 16 * 60), weekly((), 60, 120))
    web = user(Policy(restart=RestartPolicy.WINDOW, windows=windows))
    seen = (bytes_of("web.img"), there(web, extra=OWN))
    opened = its_source_changed(REPLACED, web, hv1=seen)
    assert [action.verb for action in opened.actions] == ["stop", "fill", "start"]
    return its_source_changed(REPLACED, web, hv1=seen, now=NOW + 3600)


def replaced_over_the_cap(**options: Any) -> Plan:
    """What needs it, at first or at second hand, waits with it and is not recorded."""
    web = user()
    db, top = guest("db", requires=(web.address,)), guest("top", requires=(Address(Kind.DOMAIN, "db"),))
    free, old = guest("free"), volume("old.img", policy=Policy(on_delete=OnDelete.DELETE))
    known = recorded((REPLACED, bytes_of("web.img")), content="sha256:old")
    known |= recorded((old, bytes_of("old.img")))
    seen = (bytes_of("web.img"), bytes_of("old.img"), there(web, extra=OWN))
    at = spread(seen, records=known, contents={REPLACED.address: "sha256:new"})
    limits = {"prune": True, "max_deletions": 1, "allow_shrink": True, **options}
    return make_plan(tree(REPLACED, top, db, web, free), at, Options(**limits))


def replaced_as_many_as_the_cap() -> Plan:
    return replaced_over_the_cap(max_deletions=2)


def replaced_though_it_is_not_there() -> Plan:
    return its_source_changed(REPLACED, hv1=())


def reseeded(policy: OnSeedChange, *rest: Declared, **values: Any) -> Plan:
    source = Source(files=(("user-data", "x"),), label="cidata", identity="seed:b")
    made = Policy(generated=True)
    seed = volume(SEED, source=source, policy=made)
    extra = CDROM.format(SEED)
    web = guest(extra=extra + OWN, power=ON, seed=Seed("p", SEED, policy), policy=FREE)
    web = replace(web, requires=(seed.address, *(other.address for other in rest)))
    old = volume(FORMER, policy=made)
    records = {record(old, bytes_of(FORMER), content="seed:a"): ("", "")}
    seen = (there(web, extra=CDROM.format(FORMER) + OWN), bytes_of(FORMER), bytes_of("web.img"))
    return plan_of(web, seed, *rest, **{"hv1": seen, "records": records, **values})


def a_seed_that_changed_is_ignored() -> Plan:
    return reseeded(OnSeedChange.IGNORE)


def a_seed_that_changed_is_changed() -> Plan:
    return reseeded(OnSeedChange.RESEED)


def a_seed_that_changed_rebuilds() -> Plan:
    return reseeded(OnSeedChange.REBUILD, REPLACED)


def a_seed_that_changed_while_its_guest_is_blocked() -> Plan:
    """The former one may still be open."""
    web = guest(extra=CDROM.format(FORMER), power=ON)
    theirs = there(web, extra=CDROM.format(FORMER))
    theirs = replace(theirs, document=theirs.document.replace('fleet="default"', 'fleet="x"'))
    return reseeded(OnSeedChange.RESEED, hv1=(theirs, bytes_of(FORMER)))


def a_seed_that_changed_while_its_guest_waits() -> Plan:
    """What holds back one action of the guest holds back the removal."""
    seen = there(guest(), OFF, extra=CDROM.format(FORMER) + OWN), bytes_of(FORMER)
    return reseeded(OnSeedChange.RESEED, hosts={"hv1": {"maintenance": True}}, hv1=seen)


def a_seed_of_a_guest_that_is_elsewhere() -> Plan:
    """The seed that a guest has is looked for where the guest is."""
    web = guest(extra=CDROM.format(FORMER), power=ON)
    seen = (there(web, extra=CDROM.format(FORMER) + OWN), bytes_of(FORMER), bytes_of("web.img"))
    return reseeded(OnSeedChange.IGNORE, hv1=(), hv2=seen)


def a_former_seed_without_its_guest() -> Plan:
    """Pruning decides about the seed of a guest that is declared no more."""
    old = volume(FORMER, policy=Policy(generated=True))
    return plan_of(guest("db"), hv1=(bytes_of(FORMER),), records=recorded((old, bytes_of(FORMER))))


CASES: dict[str, Callable[[], Plan]] = {
    made.__name__.replace("_", " "): made
    for made in (
        half_filled_by_us,
        half_filled_twice_by_us_and_a_stray,
        half_filled_by_who_knows,
        filled_and_only_marked,
        filled_with_another_and_marked,
        half_filled_and_in_use,
        half_filled_and_used_by_one_that_is_stopped,
        half_filled_by_who_knows_and_used_by_one_that_is_stopped,
        half_filled_without_a_source,
        half_filled_and_shared,
        half_filled_and_shared_with_a_fenced_host,
        half_filled_and_used_elsewhere,
        known_and_strays_beside_it,
        new_beside_a_stray,
        new_beside_a_forgotten_marker,
        grown,
        shrunk_or_of_another_format,
        its_source_changed_and_it_stays,
        its_source_is_told_for_the_first_time,
        replaced_under_a_running_guest,
        replaced_under_one_that_must_not_stop,
        replaced_under_one_that_is_stopped_and_one_that_is_nobodys,
        replaced_under_a_running_one_that_is_nobodys,
        replaced_below_others,
        replaced_with_what_lies_upon_it,
        replaced_in_its_window,
        replaced_over_the_cap,
        replaced_as_many_as_the_cap,
        replaced_though_it_is_not_there,
        a_seed_that_changed_is_ignored,
        a_seed_that_changed_is_changed,
        a_seed_that_changed_rebuilds,
        a_seed_that_changed_while_its_guest_is_blocked,
        a_seed_that_changed_while_its_guest_waits,
        a_seed_of_a_guest_that_is_elsewhere,
        a_former_seed_without_its_guest,
    )
}


@pytest.mark.parametrize("title", CASES)
def test_a_plan_is_as_it_was_pinned(title: str) -> None:
    assert told(CASES[title]()) == pinned("volumes")[title]


def test_nothing_else_is_pinned() -> None:
    assert list(pinned("volumes")) == list(CASES)
