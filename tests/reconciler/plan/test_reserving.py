"""An address that is kept for a guest is kept for the NIC that it has."""

from __future__ import annotations

from dataclasses import replace

from reconciler.plan.reserving import with_their_macs
from specs.desired import Declared
from specs.guests import Reservation
from specs.identity import Address, Kind
from tests.reconciler.plan.facts import declare, desire, domain_xml, observe, world

DERIVED, OTHER, THIRD = "52:54:00:00:00:01", "52:54:00:aa:bb:cc", "52:54:00:aa:bb:dd"


def _nic(network: str, mac: str = "") -> str:
    said = f"<mac address='{mac.upper()}'/>" if mac else ""
    return f"<interface type='network'>{said}<source network='{network}'/></interface>"


GUEST = declare(domain_xml(extra=_nic("lan") + _nic("wan")))


def _network(mac: str = DERIVED) -> str:
    host = f"<host mac='{mac}' name='web' ip='10.9.0.10'/>"
    return f"<network><name>lan</name><ip address='10.9.0.1' prefix='24'><dhcp>{host}</dhcp></ip></network>"


def _lan(derived: bool = True) -> Declared:
    kept = (Reservation("web", 0, "10.9.0.10", DERIVED, derived),)
    return declare(_network(), Kind.NETWORK, "lan", reserved=kept)


def test_a_guest_keeps_the_address_for_the_nic_that_it_has() -> None:
    tree = desire(_lan(), GUEST)
    there = observe(domain_xml(extra=_nic("wan", OTHER) + _nic("lan", THIRD)))
    found = with_their_macs(tree, world(there)).resources[Address(Kind.NETWORK, "lan", "hv1")]
    assert THIRD in found.document
    assert DERIVED not in found.document
    assert found.digest != _lan().digest


def test_what_is_said_or_new_or_as_it_would_be_stays() -> None:
    for lan, seen in (
        (_lan(derived=False), [observe(domain_xml(extra=_nic("lan", THIRD)))]),
        (_lan(), [observe(domain_xml(extra=_nic("wan", OTHER) + _nic("lan", DERIVED)))]),
        (_lan(), [observe("<domain")]),
        (_lan(), [observe(_network(OTHER), Kind.NETWORK, "lan")]),
        (_lan(), []),
    ):
        tree = desire(lan, GUEST)
        assert with_their_macs(tree, world(*seen)) is tree


def test_of_a_guest_on_a_host_that_nobody_sees_its_network_knows() -> None:
    tree = desire(_lan(), GUEST)
    tree = replace(tree, hosts={**tree.hosts, "hv2": replace(tree.hosts["hv1"], name="hv2")})
    seen = observe(_network(OTHER), Kind.NETWORK, "lan")
    found = with_their_macs(tree, world(seen)).resources[Address(Kind.NETWORK, "lan", "hv1")]
    assert OTHER in found.document
