"""The fixed addresses of guests: each goes into the declared network that its NIC is on, where its guest is.

A guest that placement moves may come to be on several hosts: its address is kept for it on all of them that
declare the network, so that it is there before the guest, and moving it changes no network.
"""

from __future__ import annotations

import ipaddress
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace

from lxml import etree

from specs.checks.fitting import misfits
from specs.compiling.hosting import scheme_of
from specs.compiling.standing import Ground, Site
from specs.compiling.work import Load
from specs.desired import DeclaredHost, goal_digest
from specs.diagnostics import Origin, Problem
from specs.documents.completion import derived_macs
from specs.documents.reservations import prefix_of, reserve
from specs.entries import Compiled
from specs.guests import Reservation
from specs.identity import MAC_PREFIXES, QEMUS_MAC, Address, Kind
from specs.matrix import by_uri
from specs.models.domain import Domain
from specs.models.fleet import Fleet


@dataclass(frozen=True, slots=True)
class _Wish:
    """A reservation, for the network of that address, and where the files ask for it."""

    network: Address
    reservation: Reservation
    prefix: int | None
    origin: Origin


def reserved(
    compiled: Mapping[Address, Compiled],
    ground: Ground,
    fleet: Fleet,
    hosts: Mapping[str, DeclaredHost],
    work: Load,
) -> dict[Address, Compiled]:
    """Every network with the addresses that guests are to have of it; what cannot be had is a problem."""
    wishes: defaultdict[Address, list[_Wish]] = defaultdict(list)
    for address, item in compiled.items():
        if isinstance(item.entry.model, Domain) and any(nic.ip for nic in item.entry.model.spec.interfaces):
            for wish in _wishes(item, ground.sites[address], fleet.metadata.name, hosts):
                if wish.network in compiled:
                    wishes[wish.network].append(wish)
                elif wish.network.name in fleet.spec.external.networks:  # else its absence is told anyhow
                    work.problems.append(Problem(wish.origin, _undeclared(wish.network)))
    result = dict(compiled)
    for address, wanted in wishes.items():
        result[address] = _with(compiled[address], wanted, hosts[address.host], work)
    return result


def _wishes(item: Compiled, site: Site, fleet: str, hosts: Mapping[str, DeclaredHost]) -> Iterator[_Wish]:
    assert isinstance(item.entry.model, Domain)
    name, scheme = item.declared.address.name, scheme_of(hosts[site.seen_from])
    prefix = MAC_PREFIXES.get(scheme, QEMUS_MAC)
    derived = dict(derived_macs(item.xml, prefix, fleet, name))
    nics = item.xml.findall("devices/interface")
    for number, (spec, nic) in enumerate(zip(item.entry.model.spec.interfaces, nics, strict=False)):
        said = nic.find("mac")
        mac = derived.get(nic) or (said.get("address", "").lower() if said is not None else "")
        for place, text in enumerate(spec.ip):
            given = ipaddress.ip_interface(text)
            reservation = Reservation(name, number, str(given.ip), mac, nic in derived)
            length = given.network.prefixlen if "/" in text else None
            at = item.entry.at("spec", "interfaces", number, "ip", place)
            for host in site.candidates or (site.host,):
                yield _Wish(Address(Kind.NETWORK, spec.network or "", host), reservation, length, at)


def _undeclared(network: Address) -> str:
    return (
        f"the network '{network.name}' on {network.host} is external, and only a declared one can be told to"
        " keep an address: declare it, or set the address within the guest (cloudInit: networkConfig)"
    )


def _with(item: Compiled, wishes: Iterable[_Wish], host: DeclaredHost, work: Load) -> Compiled:
    network, declared = deepcopy(item.xml), item.declared
    by_reservation = {wish.reservation: wish for wish in wishes}
    holders: dict[str, _Wish] = {}
    kept = []
    for reservation in sorted(by_reservation):
        wish = by_reservation[reservation]
        if problem := _problem(network, wish, holders):
            work.problems.append(Problem(wish.origin, f"Network '{declared.address.name}': {problem}"))
        else:
            holders[reservation.ip] = wish
            kept.append(reservation)
    _check_fitting(network, item, by_reservation.values(), host, work)
    text = etree.tostring(network, encoding="unicode", with_tail=False)
    digest = goal_digest(text, declared.power, declared.autostart, start_new=declared.start_new)
    told = tuple(kept)
    return replace(item, xml=network, declared=replace(declared, document=text, digest=digest, reserved=told))


def _problem(network: etree._Element, wish: _Wish, holders: Mapping[str, _Wish]) -> str:
    """Why a network cannot keep an address for a guest; '' once it does."""
    wanted, other = wish.reservation, holders.get(wish.reservation.ip)
    if other:
        return f"{wanted.ip} is kept for Domain/{other.reservation.domain} already ({other.origin})"
    length = prefix_of(network, wanted.ip)
    if length is not None and wish.prefix not in (None, length):
        return f"{wanted.ip} has the prefix /{length} there, not /{wish.prefix}; it may be left out"
    return reserve(network, wanted)


def _check_fitting(
    network: etree._Element, item: Compiled, wishes: Iterable[_Wish], host: DeclaredHost, work: Load
) -> None:
    """Not every hypervisor's DHCP server keeps addresses."""
    row = by_uri(host.uri)
    before = {each.problem for each in misfits(row, Kind.NETWORK, item.xml, host.name)}
    for unfit in misfits(row, Kind.NETWORK, network, host.name):
        if unfit.problem not in before:
            work.problems.extend(Problem(wish.origin, unfit.problem) for wish in wishes)
            return
