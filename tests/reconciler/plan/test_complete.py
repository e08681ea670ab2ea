"""What a document is given before a hypervisor gets it: identities, and nothing that the files decided."""

from __future__ import annotations

from dataclasses import replace

import pytest
from lxml import etree

from reconciler.plan import Options, make_plan
from specs.identity import Kind
from tests.reconciler.plan.facts import CAPABILITIES, HOST, declare, desire, domain_xml, world

PLAIN = "<interface type='network'><source network='lan'/></interface>"
NAMED = "<interface type='network'><mac address='{}'/><source network='lan'/></interface>"


def given(document: str, family: str = "qemu", kind: Kind = Kind.DOMAIN, name: str = "web") -> etree._Element:
    """The document that is defined where there is none yet."""
    declared = declare(document, kind, name)
    capabilities = replace(CAPABILITIES, family=family)
    plan = make_plan(desire(declared), world(capabilities={HOST: capabilities}), Options())
    return etree.fromstring(plan.actions[0].operation.document)


def macs(root: etree._Element) -> list[str]:
    return [str(mac.get("address")) for mac in root.iterfind("devices/interface/mac")]


@pytest.mark.parametrize(
    ("family", "prefix"),
    [("qemu", "52:54:00"), ("lxc", "52:54:00"), ("xen", "00:16:3e"), ("esx", "00:0c:29"),
     ("vmware", "00:0c:29"), ("vbox", "08:00:27")],
)  # fmt: skip
def test_an_address_begins_as_those_of_its_hypervisor_do(family: str, prefix: str) -> None:
    (address,) = macs(given(domain_xml(extra=PLAIN), family))
    assert address.startswith(f"{prefix}:")


def test_each_interface_has_an_address_of_its_own_that_stays() -> None:
    first, second = macs(given(domain_xml(extra=PLAIN * 2)))
    assert first != second
    assert macs(given(domain_xml(extra=PLAIN * 2))) == [first, second]
    assert macs(given(domain_xml("db", extra=PLAIN * 2), name="db"))[0] != first


def test_a_given_address_is_kept_and_not_given_twice() -> None:
    first, second = macs(given(domain_xml(extra=PLAIN * 2)))
    found = macs(given(domain_xml(extra=PLAIN + NAMED.format(first.upper()) + PLAIN)))
    assert found[1] == first.upper()
    assert len({address.lower() for address in found}) == 3
    own = macs(given(domain_xml(extra=NAMED.format("52:54:00:00:00:01") + PLAIN)))
    assert own == ["52:54:00:00:00:01", second]


def test_an_interface_of_the_hosts_own_keeps_what_it_has() -> None:
    root = given(domain_xml(extra="<interface type='hostdev'/>" + PLAIN))
    own, other = root.iterfind("devices/interface")
    assert own.find("mac") is None
    assert [child.tag for child in other] == ["mac", "source"]


def test_the_uuid_stands_behind_the_name_once() -> None:
    root = given(domain_xml())
    assert [child.tag for child in root][:2] == ["name", "uuid"]
    own = given(domain_xml(uuid="11111111-2222-3333-4444-555555555555"))
    assert [uuid.text for uuid in own.iterfind("uuid")] == ["11111111-2222-3333-4444-555555555555"]


def test_a_type_is_filled_in_where_none_is_said() -> None:
    assert given(domain_xml().replace(" type='kvm'", "", 1)).get("type") == "kvm"
    assert given(domain_xml().replace("type='kvm'", "type='qemu'")).get("type") == "qemu"


def test_only_a_guest_gets_addresses_and_a_mark() -> None:
    network = given("<network><name>lan</name><bridge name='b'/></network>", kind=Kind.NETWORK, name="lan")
    assert [child.tag for child in network] == ["name", "uuid", "bridge"]
    assert network.get("type") is None
    volume = "<volume><name>v</name><capacity>1</capacity></volume>"
    assert given(volume, kind=Kind.VOLUME, name="v").find("uuid") is None
    assert given(domain_xml()).find("metadata") is not None
