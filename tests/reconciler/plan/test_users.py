"""Who uses something: whoever names it by any of its names, and whoever cannot be read."""

from __future__ import annotations

from dataclasses import replace

import pytest

from drivers.base import Inventory, Observation
from reconciler.plan.used import Used
from reconciler.plan.users import users_of
from specs.identity import Address, Kind
from tests.reconciler.plan.facts import HOST, VERSION, observe
from tests.reconciler.plan.scenes import (
    DISK,
    LAN,
    NIC,
    OTHER,
    bytes_of,
    guest,
    lan,
    spread,
    there,
)

SECRET = "<secret ephemeral='no' private='yes'><usage type='ceph'><name>key</name></usage></secret>"
AUTH = "<auth username='u'><secret type='ceph' usage='key'/></auth>"
FILTER = f"<filter name='f'><uuid>{OTHER}</uuid></filter>"
WITH = "<interface type='network'><source network='x'/><filterref filter='f'/></interface>"
POOLED = "<pool type='dir'><name>p</name><target><path>/p/</path></target></pool>"

USERS: dict[str, tuple[Observation, Observation, bool]] = {
    "a network by its name": (lan(), there(guest(), extra=NIC), True),
    "a network by its bridge": (
        lan(), there(guest(), extra="<interface type='bridge'><source bridge='virbr7'/></interface>"), True,
    ),
    "a network by the bridge that it runs with": (
        replace(lan(), live=LAN.replace("virbr7", "virbr9")),
        there(guest(), extra="<interface type='bridge'><source bridge='virbr9'/></interface>"), True,
    ),
    "a network by its UUID": (lan(), there(guest(), extra=NIC.replace("'lan'", f"'{OTHER}'")), True),
    "a network that is called like a volume": (
        lan(), there(guest(), extra=DISK.format("lan", "vda", "ide")), False,
    ),
    "a network that nobody refers to": (lan(), there(guest("lan")), False),
    "a filter by a guest": (
        observe(FILTER, Kind.NETWORK_FILTER, "f", power=None), there(guest(), extra=WITH), True,
    ),
    "a filter by a filter": (
        observe(FILTER, Kind.NETWORK_FILTER, "f", power=None),
        observe("<filter name='g'><filterref filter='f'/></filter>", Kind.NETWORK_FILTER, "g", power=None),
        True,
    ),
    "a pool by a file in it": (
        observe(POOLED, Kind.STORAGE_POOL, "p"),
        there(guest(), extra="<disk type='file'><source file='/p/a'/><target dev='vda'/></disk>"), True,
    ),
    "a pool by a file in another folder": (
        observe(POOLED, Kind.STORAGE_POOL, "p"),
        there(guest(), extra="<disk type='file'><source file='/pp/a'/><target dev='vda'/></disk>"), False,
    ),
    "a pool by its name": (
        observe(POOLED, Kind.STORAGE_POOL, "p"), there(guest(), extra=DISK.format("x", "vda", "ide")), True,
    ),
    "a secret by a guest": (
        observe(SECRET, Kind.SECRET, "ceph:key", power=None),
        there(guest(), extra=f"<disk type='network'>{AUTH}<target dev='vda'/></disk>"),
        True,
    ),
    "a volume by a network": (bytes_of("lan"), lan(), False),
    "what cannot be read by a guest that names it": (
        observe("<other/>", Kind.NETWORK, "lan"), there(guest(), extra=NIC), True,
    ),
    "anything by what cannot be read": (lan(), observe("<other/>", name="x"), True),
    "a volume by what cannot be read and cannot use it": (
        bytes_of("a.img"), observe("<other/>", Kind.NETWORK, "x"), False,
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", USERS)
def test_who_uses_something_is_found_by_any_of_its_names(case: str) -> None:
    thing, user, expected = USERS[case]
    pool, _, name = thing.name.rpartition("/")
    address = Address(thing.kind, name, HOST, pool)
    inventories = spread((thing, user)).inventories
    found = [(one.host, one.name) for one in users_of(address, thing.name, HOST, inventories)]
    assert found == ([(HOST, user.name)] if expected else [])
    assert list(users_of(address, thing.name, "hv3", inventories)) == []


def test_one_that_could_not_be_read_at_all_may_use_it() -> None:
    failures = {(Kind.DOMAIN, "odd"): "denied", (Kind.VOLUME, "p/*"): "x", (Kind.NETWORK, "n"): "x"}
    inventories = {HOST: Inventory(HOST, VERSION, {(Kind.NETWORK, "lan"): lan()}, failures)}
    (user,) = users_of(Address(Kind.NETWORK, "lan", HOST), "lan", HOST, inventories)
    assert (str(user), user.unreadable, user.runs) == ("Domain/odd on hv1", True, True)
    secrets = users_of(Address(Kind.SECRET, "key", HOST), "ceph:key", HOST, inventories)
    assert [str(one) for one in secrets] == ["Domain/odd on hv1"]


def test_a_path_is_that_of_a_volume_or_pool_and_a_bridge_that_of_a_network() -> None:
    assert Used.of(Kind.NETWORK, "lan", lan()) == Used(Kind.NETWORK, "lan", OTHER, bridge="virbr7")
    assert Used.of(Kind.VOLUME, "p/a", bytes_of("a")) == Used(Kind.VOLUME, "p/a", path="/p/a")
    pool = observe(POOLED, Kind.STORAGE_POOL, "p")
    assert Used.of(Kind.STORAGE_POOL, "p", pool) == Used(Kind.STORAGE_POOL, "p", path="/p")
    assert Used.of(Kind.NETWORK, "lan", None) == Used(Kind.NETWORK, "lan")
