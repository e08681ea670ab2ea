"""Whoever uses a volume is found, by whatever name he does."""

from __future__ import annotations

from dataclasses import replace
from html import escape

import pytest

from drivers.base import Inventory, Observation
from reconciler.plan.users import volume_users
from specs.desired import PowerState
from specs.identity import Address, Kind
from tests.reconciler.plan.facts import HOST, VERSION, domain_xml, observe

DISK = Address(Kind.VOLUME, "a&b.img", HOST, "p")
SHARED = replace(DISK, host="")


def volume(native: str, path: str, backing: str = "") -> Observation:
    under = f"<backingStore><path>{backing}</path></backingStore>" if backing else ""
    name = escape(native.partition("/")[2])
    document = f"<volume><name>{name}</name><target><path>{path}</path></target>{under}</volume>"
    return observe(document, Kind.VOLUME, native, power=None)


def guest(disk: str, live: str | None = None, name: str = "web") -> Observation:
    document = domain_xml(name, extra=f"<disk>{disk}</disk>")
    running = domain_xml(name, extra=f"<disk>{live}</disk>") if live is not None else None
    power = PowerState.STOPPED if live is None else PowerState.RUNNING
    return observe(document, name=name, live=running, power=power)


def inventory(*observations: Observation, host: str = HOST) -> Inventory:
    return Inventory(host, VERSION, {(o.kind, o.name): o for o in observations})


VOLUMES = (
    volume("p/a&b.img", "/srv/a&amp;b.img"),
    volume("alias/a&b.img", "/srv/a&amp;b.img"),
    volume("p/top.qcow2", "/srv/top.qcow2", "/srv/a&amp;b.img"),
    volume("p/upper.qcow2", "/srv/upper.qcow2", "/srv/top.qcow2"),
    volume("p/other.img", "/srv/other.img"),
)
OWN = [
    "<source file='/srv/a&amp;b.img'/>",
    "<source dev='/srv/a&amp;b.img'/>",
    "<source pool='p' volume='a&amp;b.img'/>",
    "<source pool='alias' volume='a&amp;b.img'/>",
    "<source file='/x'/><mirror><source file='/srv/a&amp;b.img'/></mirror>",
    "<source file='/snapshot'/><backingStore><source file='/srv/a&amp;b.img'/></backingStore>",
]
UPON = ["<source file='/srv/top.qcow2'/>", "<source pool='p' volume='upper.qcow2'/>"]


@pytest.mark.parametrize("disk", OWN)
def test_who_names_it_uses_it(disk: str) -> None:
    stopped = volume_users(DISK, "p/a&b.img", HOST, {HOST: inventory(*VOLUMES[:2], guest(disk))})
    assert (stopped.running, stopped.all) == ((), ("Domain/web on hv1",))
    for defined, live in ((disk, disk), ("<source file='/x'/>", disk), (disk, "<source file='/x'/>")):
        seen = {HOST: inventory(*VOLUMES[:2], guest(defined, live))}
        assert volume_users(DISK, "p/a&b.img", HOST, seen).running == ("the running Domain/web on hv1",)


@pytest.mark.parametrize("disk", UPON)
def test_who_lies_upon_it_uses_it(disk: str) -> None:
    seen = {HOST: inventory(*VOLUMES, guest(disk, disk))}
    users = volume_users(DISK, "p/a&b.img", HOST, seen)
    assert users.running == ("the running Domain/web on hv1",)
    assert "the volume p/upper.qcow2 that lies upon it" in users.all


def test_others_do_not() -> None:
    disk = "<source file='/srv/other.img'/>"
    seen = {
        HOST: inventory(VOLUMES[0], VOLUMES[4], guest(disk, disk)),
        "hv2": inventory(VOLUMES[0], guest(OWN[0], OWN[0], "db"), host="hv2"),
    }
    assert volume_users(DISK, "p/a&b.img", HOST, seen).all == ()
    assert volume_users(SHARED, "p/a&b.img", HOST, seen).running == ("the running Domain/db on hv2",)


def test_a_domain_that_cannot_be_read_but_has_the_words_uses_it() -> None:
    plain = Address(Kind.VOLUME, "v.img", HOST, "p")
    broken = observe("<domain><disk file='/srv/v.img'", power=PowerState.RUNNING)
    seen = {HOST: inventory(volume("p/v.img", "/srv/v.img"), broken)}
    assert volume_users(plain, "p/v.img", HOST, seen).running
