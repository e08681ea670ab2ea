"""Checks across resources: nothing may be had twice, nothing may need itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from lxml import etree

from specs.desired import Declared
from specs.diagnostics import Origin, Problem
from specs.documents.sensitive import REFERENCE, may_hold, places
from specs.identity import Address, Kind
from specs.models.domain import AGENT
from specs.names import look, mixed_scripts, spelt, unseen

if TYPE_CHECKING:
    from specs.entries import Compiled, Entry
    from specs.models.domain import DomainSpec


def agent(domain: etree._Element, spec: DomainSpec, origin: Origin) -> Iterator[Problem]:
    """A guest's agent is only heard through its channel."""
    wanted = spec.ready is not None and spec.ready.method == "agent"
    if wanted and domain.find(f"devices/channel/target[@name='{AGENT}']") is None:
        yield Problem(origin, "ready: agent needs the channel of the guest agent; say agent: true")


def targets(domain: etree._Element, at: Callable[[str, int], Origin]) -> Iterator[Problem]:
    """Two disks of a domain must not have one target, two NICs not one MAC address, unless one stands in for
    the other (teaming); `at` tells where the n-th of `disks` or `interfaces` stands."""
    for tag, inner, attr, what, field in (
        ("disk", "target", "dev", "disk target", "disks"),
        ("interface", "mac", "address", "MAC address", "interfaces"),
    ):
        seen: set[str] = set()
        for number, device in enumerate(domain.iterfind(f"devices/{tag}")):
            node = device.find(inner)
            value = node.get(attr, "").lower() if node is not None else ""
            if value and value in seen and device.find("teaming") is None:
                yield Problem(at(field, number), f"the {what} '{value}' is given twice")
            seen.add(value)


def dhcp_hosts(network: etree._Element, mention: Callable[[str], Origin]) -> Iterator[Problem]:
    """Two DHCP hosts of a network must not have one address or one MAC address."""
    for attr, what in (("ip", "IP address"), ("mac", "MAC address")):
        seen: set[str] = set()
        for host in network.iterfind("ip/dhcp/host"):
            value = host.get(attr, "").lower()
            if value and value in seen:
                yield Problem(mention(value), f"the DHCP hosts' {what} '{value}' is given twice")
            seen.add(value)


def plain_passwords(document: etree._Element, origin: Origin) -> Iterator[Problem]:
    """What is in the tree ends up in plans and in the state: a password must not (`<graphics passwd=…>`)."""
    for node in document.iter():
        if node.get("passwd") is not None:
            yield Problem(
                origin,
                f"<{node.tag}> holds a password in plain text: take passwd out of the tree and set it on the"
                " host (virsh edit); it is kept when we redefine",
            )


def plain_secrets(
    document: etree._Element, at: Callable[[etree._Element], tuple[str, Origin]]
) -> Iterator[Problem]:
    """What libvirt keeps as plain text is declared by a reference; `at` tells by which field ('' for none)
    and where the files say an element."""
    text = etree.tostring(document, encoding="unicode")
    if not may_hold(text) and not REFERENCE.search(text):
        return
    found = [place for place in places(document) if place.attribute != "passwd"]
    for place in found:
        if not REFERENCE.fullmatch(place.value):
            field, origin = at(place.element)
            message = (
                f"{field or place.describe()} holds a secret in plain text: declare a Secret whose value:"
                " says where it is read from, and write ${secret:NAME} in its place"
            )
            yield Problem(origin, message)
    if len(REFERENCE.findall(text)) > sum(bool(REFERENCE.fullmatch(place.value)) for place in found):
        yield Problem(
            at(document)[1],
            "${secret:NAME} stands where libvirt keeps no secret, and would be shown there; it is for"
            " cookies, fwcfg entries, QEMU's secret objects, and values whose names say that they are secret",
        )


@dataclass(frozen=True, slots=True)
class Collision:
    """What two resources claim: `fatal` unless one of them is not meant to run, so that they take turns."""

    problem: Problem
    fatal: bool


def collisions(resources: Iterable[Compiled]) -> Iterator[Collision]:
    """UUIDs, MAC addresses, host addresses and writable disks that two resources claim."""
    holders: dict[tuple[str, str, bool], Compiled] = {}
    resources = tuple(resources)
    everywhere = frozenset(item.declared.native for item in resources if item.declared.shared)
    for item in resources:
        for claim in _claims(item, everywhere):
            rivals = [
                holder
                for shared in ((False,) if claim.shared else (False, True))
                if (holder := holders.get((claim.what, claim.value, shared))) and holder is not item
            ]
            if rivals:
                yield _collision(item, claim, rivals)
            key = claim.what, claim.value, claim.shared
            # One that runs stands for all: it is in everybody's way.
            if key not in holders or (item.declared.is_to_run and not holders[key].declared.is_to_run):
                holders[key] = item


def _collision(item: Compiled, claim: _Claim, rivals: Iterable[Compiled]) -> Collision:
    """With the one of the rivals that is in its way, if any is."""
    other = min(rivals, key=lambda rival: not rival.declared.is_to_run)
    fatal = not claim.in_turns or (item.declared.is_to_run and other.declared.is_to_run)
    told = (
        f"the {claim.what.partition('@')[0]} {claim.value} is {other.declared.address}'s"
        f" already ({other.entry.origin})"
    )
    if claim.in_turns:
        off = "inactive" if item.declared.address.kind is Kind.NETWORK else "stopped"
        told += f", and both are to run: say state: {off} of one of them" if fatal else "; only one can run"
    return Collision(Problem(item.entry.mention(claim.value), told), fatal)


@dataclass(frozen=True, slots=True)
class _Claim:
    """What a resource wants for itself; `shared` with those that share it, too, `in_turns` while it runs."""

    what: str
    value: str
    shared: bool = False
    in_turns: bool = True


def _claims(item: Compiled, everywhere: frozenset[str]) -> Iterator[_Claim]:
    declared, xml = item.declared, item.xml
    host = declared.host
    if declared.address.kind is not Kind.VOLUME:
        scope = "" if declared.address.kind is Kind.DOMAIN else host
        yield _Claim(f"UUID@{declared.address.kind}{scope}", declared.uuid, in_turns=False)
    if declared.address.kind is Kind.DOMAIN:
        for mac in {node.get("address", "").lower() for node in xml.iterfind("devices/interface/mac")}:
            yield _Claim("MAC address", mac)
        for disk in xml.iterfind("devices/disk"):
            source = disk.find("source")
            if source is not None:
                place = _place(source)
                if place:
                    yield _Claim(f"disk@{'' if place in everywhere else host}", place, is_shareable(disk))
    if declared.address.kind is Kind.NETWORK:
        for ip in xml.iterfind("ip"):
            if ip.get("address"):
                yield _Claim(f"host address@{host}", ip.get("address", ""))


def _place(source: etree._Element) -> str:
    if source.get("pool"):
        return f"{source.get('pool')}/{source.get('volume')}"
    return source.get("file") or source.get("dev") or ""


def is_shareable(disk: etree._Element) -> bool:
    """Whether several guests may have a disk at once."""
    return (
        disk.find("shareable") is not None
        or disk.find("readonly") is not None
        or disk.get("device") in ("cdrom", "floppy")
    )


def former_names(entries: Iterable[Entry]) -> Iterator[Problem]:
    """What says how it was called: only a domain, by a name that no other one has or had."""
    known = {entry.name: f"declared ({entry.origin})" for entry in entries if entry.kind is Kind.DOMAIN}
    for entry in entries:
        former = entry.model.metadata.formerly if entry.model else None
        if not former:
            continue
        if entry.kind is not Kind.DOMAIN:
            message = (
                f"formerly is for a Domain: libvirt renames no {entry.kind}; declare the new one, let what"
                " uses the old one use it, and then take the old one out"
            )
            yield Problem(entry.at("metadata", "formerly"), message)
        elif former in known:
            message = f"formerly: '{former}' is {known[former]}, too, and one guest cannot be both"
            yield Problem(entry.at("metadata", "formerly"), message)
        else:
            known[former] = f"what {entry.name} was called ({entry.origin})"


def look_alikes(entries: Iterable[Entry]) -> Iterator[Problem]:
    """Names of one kind that a person takes for one another, and words of letters that only look alike."""
    seen: dict[tuple[Kind, str, str], Entry] = {}
    for entry in entries:
        pool = getattr(entry.model.spec, "pool", "") if entry.model else ""  # type: ignore[attr-defined]
        first = seen.setdefault((entry.kind, str(pool), look(entry.name)), entry)
        if first.name != entry.name:
            yield Problem(
                entry.origin,
                f"{entry.kind} '{spelt(entry.name)}' looks like {first.kind} '{spelt(first.name)}'"
                f" ({first.origin}), and they are two: give one of them another name",
            )
        if mixed := mixed_scripts(entry.name):
            message = f"the name '{spelt(entry.name)}' mixes letters that look alike ({mixed}) in one word"
            yield Problem(entry.origin, message)
        if entry.model is None and (hidden := unseen(entry.name)):
            message = f"the name '{spelt(entry.name)}' holds {hidden}, which nobody sees"
            yield Problem(entry.origin, message)


def cycles(resources: Mapping[Address, Declared]) -> Iterator[Problem]:
    """Backing chains, filters, sources and domains after others that lead back to themselves."""
    graph = {address: (*declared.requires, *declared.after) for address, declared in resources.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        chain = error.args[1]
        shown = " → ".join(str(address) for address in reversed(chain))
        yield Problem(resources[chain[0]].origin, f"resources need each other in a circle: {shown}")
