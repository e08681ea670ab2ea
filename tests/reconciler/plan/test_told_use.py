"""What somebody uses is not taken away: whole plans, as `told/use.txt` has them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from drivers.base import Observation
from reconciler.plan import Options, Plan
from specs.desired import Declared, Policy, PowerState, RestartPolicy
from specs.guests import MigrationPolicy
from specs.identity import Address, Kind
from tests.reconciler.plan.facts import declare, domain_xml, observe, record
from tests.reconciler.plan.leaving import GOES, KEPT, NET, OLD, OWN, PRUNE, old, plan_of
from tests.reconciler.plan.scenes import (
    DISK,
    LAN,
    NIC,
    OFF,
    ON,
    UUID,
    bytes_of,
    guest,
    lan,
    recorded,
    there,
    volume,
)
from tests.reconciler.plan.telling import pinned, told


def used(by: Observation, *declared: Declared, options: Options = PRUNE, **values: Any) -> Plan:
    """The old volume leaves, and somebody uses it."""
    seen = bytes_of("old.img"), by
    return plan_of(*(declared or (KEPT,)), options=options, hv1=seen, records=old(), **values)


def used_by_one_that_cannot_be_read() -> Plan:
    return used(observe("<other>old.img</other>", name="odd"))


def used_by_one_that_moves_away() -> Plan:
    """The guest leaves the host, and what it used goes after it; not while the move waits."""
    web = guest(extra=NIC, power=ON, host="hv2")
    net = replace(NET, host="hv2", address=Address(Kind.NETWORK, "lan", "hv2"), power=None)
    seen: dict[str, Any] = {"hv1": (there(web, extra=NIC), lan()), "hv2": (lan(),)}
    known = {record(NET, lan()): (LAN, LAN)}
    waits = replace(web, migration=MigrationPolicy(allow="stopped"))
    assert "still uses it" in plan_of(waits, net, records=known, **seen).verdicts[-1].problem
    return plan_of(web, net, records=known, **seen)


def used_by_one_that_leaves() -> Plan:
    web = guest("web")
    seen = bytes_of("old.img"), there(web, extra=OWN)
    return plan_of(KEPT, hv1=seen, records=recorded((OLD, seen[0]), (web, seen[1])))


def used_by_one_that_lets_go_at_its_restart(policy: Policy = Policy(), **values: Any) -> Plan:
    extra = DISK.format("old.img", "sdb", "sata")
    return used(there(KEPT, extra=extra), guest("kept", power=ON, policy=policy), **values)


def used_by_one_that_restarts() -> Plan:
    return used_by_one_that_lets_go_at_its_restart(Policy(restart=RestartPolicy.IF_NEEDED))


def used_by_one_that_is_stopped_and_lets_go() -> Plan:
    return used(there(KEPT, OFF, extra=OWN), KEPT)


def used_by_one_that_says_so_in_its_files() -> Plan:
    """It goes on using it, whatever else of it changes."""
    web = guest("kept", extra=OWN)
    return used(there(web, OFF, extra=OWN, memory=524288), web)


def a_chain_of_volumes() -> Plan:
    """What lies upon it goes first; an overlay that stays keeps what it lies upon."""
    names = {"base.img": "", "mid.img": "base.img", "top.img": "mid.img", "low.img": "", "own.img": "low.img"}
    seen = [bytes_of(name, backing=under) for name, under in names.items()]
    kinds = [volume(n, policy=Policy() if n == "own.img" else GOES) for n in names]
    return plan_of(KEPT, hv1=tuple(seen), records=recorded(*zip(kinds, seen, strict=True)))


def below_two_that_stay_and_one_that_cannot_be_read() -> Plan:
    odd = replace(bytes_of("odd.img"), document="<other/>")
    under = bytes_of("old.img")
    upon = bytes_of("a.img", backing="old.img"), bytes_of("b.img", backing="old.img")
    both = plan_of(KEPT, hv1=(under, *upon), records=old())
    assert "p/a.img, p/b.img lie upon it" in both.verdicts[-1].problem
    return plan_of(KEPT, hv1=(under, odd), records=old())


def stopping_what_others_use(user: Observation, *declared: Declared, **values: Any) -> Plan:
    net = replace(NET, power=PowerState.INACTIVE, **values)
    return plan_of(net, *declared, hv1=(lan(), user))


def stopping_what_a_running_guest_uses() -> Plan:
    web = guest(extra=NIC, power=ON)
    return stopping_what_others_use(there(web, extra=NIC), web, autostart=True)


def stopping_what_a_stopped_guest_of_ours_uses() -> Plan:
    web = guest(extra=NIC)
    return stopping_what_others_use(there(web, OFF, extra=NIC), web)


def stopping_what_a_stopped_guest_of_strangers_uses() -> Plan:
    return stopping_what_others_use(observe(domain_xml("odd", uuid=UUID, extra=NIC), name="odd"))


def stopping_what_a_guest_that_stops_uses() -> Plan:
    web = guest(extra=NIC, power=OFF)
    return stopping_what_others_use(there(web, extra=NIC), web)


def restarting_what_a_guest_uses(user: Observation, *declared: Declared) -> Plan:
    """A restart is the owner's leave for guests of this fleet, and for nobody else's."""
    document = LAN.replace("virbr7", "virbr8")
    policy = Policy(restart=RestartPolicy.IF_NEEDED)
    net = declare(document, Kind.NETWORK, "lan", power=PowerState.ACTIVE, policy=policy)
    return plan_of(net, *declared, hv1=(replace(lan(), live=LAN), user))


def restarting_what_a_guest_of_ours_uses() -> Plan:
    web = guest(extra=NIC, power=ON)
    return restarting_what_a_guest_uses(there(web, extra=NIC), web)


def restarting_what_a_stranger_uses() -> Plan:
    odd = domain_xml("odd", uuid=UUID, extra=NIC)
    return restarting_what_a_guest_uses(observe(odd, name="odd", power=ON, live=odd))


CASES: dict[str, Callable[[], Plan]] = {
    made.__name__.replace("_", " "): made
    for made in (
        used_by_one_that_cannot_be_read,
        used_by_one_that_moves_away,
        used_by_one_that_leaves,
        used_by_one_that_restarts,
        used_by_one_that_is_stopped_and_lets_go,
        used_by_one_that_says_so_in_its_files,
        a_chain_of_volumes,
        below_two_that_stay_and_one_that_cannot_be_read,
        stopping_what_a_running_guest_uses,
        stopping_what_a_stopped_guest_of_ours_uses,
        stopping_what_a_stopped_guest_of_strangers_uses,
        stopping_what_a_guest_that_stops_uses,
        restarting_what_a_guest_of_ours_uses,
        restarting_what_a_stranger_uses,
    )
}


@pytest.mark.parametrize("title", CASES)
def test_a_plan_is_as_it_was_pinned(title: str) -> None:
    assert told(CASES[title]()) == pinned("use")[title]


def test_nothing_else_is_pinned() -> None:
    assert list(pinned("use")) == list(CASES)
