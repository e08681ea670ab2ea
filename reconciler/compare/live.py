"""An active object against its persistent document: what can be made live, what waits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from drivers.base import NetworkSection, SectionCommand
from drivers.dialects import Dialect
from drivers.dialects.effects import Effects, Way
from reconciler.compare.align import Sides
from reconciler.compare.model import (
    Cause,
    Difference,
    Effect,
    LiveChange,
    LiveComparison,
)
from reconciler.compare.threeway import Decider, Finding
from reconciler.operations import (
    Attach,
    Detach,
    SetMemory,
    SetText,
    SetVcpus,
    Tune,
    UpdateDevice,
    UpdateNetwork,
)
from specs.documents.identities import Identities
from specs.documents.tree import Node, plain, to_node, to_text
from specs.documents.values import is_number
from specs.identity import Kind
from specs.xml import parse


def compare_live(kind: Kind, persistent: str, live: str, dialect: Dialect) -> LiveComparison:
    """What an active domain or network lacks of its persistent document.

    Whatever only the live document has (identifiers, addresses, chosen ports, backing chains, labels,
    an expanded CPU) is no difference; a device that was only plugged in live is.
    """
    wanted = dialect.quiet(kind, dialect.normalise(kind, to_node(parse(persistent))))
    actual = dialect.quiet(kind, dialect.normalise(kind, to_node(parse(live))))
    dialect.running.expanded(wanted, actual)
    decider = Decider(
        dialect, recorded=False, same_version=True, unrecorded=Cause.DRIFTED, exact=dialect.running.kept
    )
    decider.decide(Sides(wanted, None, None, actual))
    if kind is Kind.NETWORK:
        return _split(_network_changes(decider.findings, wanted, actual, dialect))
    if kind is Kind.DOMAIN:
        return _split(_domain_changes(decider.findings, wanted, actual, dialect.effects))
    return LiveComparison((), tuple(_waits(finding) for finding in decider.findings))


def whole_of(kind: Kind, path: str, dialect: Dialect) -> str:
    """The device of a domain or the entry of a network that a path lies in, which is changed in one call."""
    if kind is not Kind.NETWORK:
        return _device_path(path)
    return _entry_path(path, dialect.effects.section(plain(path)))


def held_back(
    found: LiveComparison, changed: Iterable[Difference], kind: Kind, dialect: Dialect
) -> LiveComparison:
    """What was found, with a device waiting of which the definition loses something that only a new start can
    take from it: the update of the whole would be refused."""
    losing = {
        whole_of(kind, each.path, dialect)
        for each in changed
        if each.declared is None and each.effect is Effect.NEXT_BOOT
    }
    changes, pending = [], list(found.pending)
    for change in found.changes:
        if change.operation.makes_whole and whole_of(kind, change.difference.path, dialect) in losing:
            pending.append(replace(change.difference, effect=Effect.NEXT_BOOT))
        else:
            changes.append(change)
    return LiveComparison(tuple(changes), tuple(pending))


def spared(found: LiveComparison) -> LiveComparison:
    """What was found, with that waiting which would take from the guest what it has."""
    taking = tuple(replace(c.difference, effect=Effect.NEXT_BOOT) for c in found.changes if c.takes)
    return LiveComparison(tuple(c for c in found.changes if not c.takes), (*found.pending, *taking))


def _split(found: Iterable[LiveChange | Difference]) -> LiveComparison:
    found = tuple(found)
    return LiveComparison(
        tuple(item for item in found if isinstance(item, LiveChange)),
        tuple(item for item in found if isinstance(item, Difference)),
    )


def _waits(finding: Finding) -> Difference:
    return Difference(finding.path, finding.declared, finding.observed, finding.cause, Effect.NEXT_BOOT)


def _now(finding: Finding) -> Difference:
    return Difference(finding.path, finding.declared, finding.observed, finding.cause, Effect.LIVE)


def _domain_changes(
    findings: list[Finding], wanted: Node, actual: Node, effects: Effects
) -> Iterator[LiveChange | Difference]:
    updated: set[str] = set()
    waiting = {
        _device_path(finding.path)
        for finding in findings
        if finding.device is not None and not _possible(finding, effects)
    }
    for finding in findings:
        bare = plain(finding.path)
        way = effects.single(bare)
        device = _device_path(finding.path)
        if way and (finding.declared is not None or way is Way.SET_TEXT):
            change = _scalar(way, finding, wanted, actual)
            yield change or _waits(finding)
        elif finding.device is None or not _possible(finding, effects):
            yield _waits(finding)
        elif _is_whole(bare):
            yield _plug(finding)
        elif device in waiting:
            # One part of the device has to wait, so the update of the whole would be refused.
            yield _waits(finding)
        elif device not in updated:
            updated.add(device)
            yield LiveChange(UpdateDevice(_without_address(finding.device)), _now(finding))


def _possible(finding: Finding, effects: Effects) -> bool:
    bare, device = plain(finding.path), finding.device
    if device is None or effects.single(bare):
        return True
    return effects.pluggable(device) if _is_whole(bare) else effects.updatable(bare, device)


def _is_whole(bare: str) -> bool:
    """Whether a path names a device as a whole."""
    return bare.startswith("devices/") and bare.count("/") == 1


def _device_path(path: str) -> str:
    """'devices/disk[vda]' of 'devices/disk[vda]/source/@file'; a label may itself hold slashes."""
    depth = 0
    for index, character in enumerate(path):
        depth += {"[": 1, "]": -1}.get(character, 0)
        if character == "/" and depth == 0 and path.count("/", 0, index) and path[:index] != "devices":
            return path[:index]
    return path


def _scalar(way: Way, finding: Finding, wanted: Node, actual: Node) -> LiveChange | None:
    """The operation for a single value; None where the running guest's maximum does not allow it."""
    difference, value = _now(finding), finding.declared or ""
    if way is Way.SET_MEMORY:
        kib, most = wanted.value("currentMemory") or "0", actual.value("memory") or "0"
        has = actual.value("currentMemory") or most
        if not all(map(is_number, (kib, most, has))) or int(kib) > int(most):
            return None
        return LiveChange(SetMemory(int(kib)), difference, takes=int(kib) < int(has))
    if way is Way.SET_VCPUS:
        count, most = wanted.value("vcpu", "current") or "0", actual.value("vcpu") or "0"
        if not (is_number(count) and is_number(most)) or int(count) > int(most):
            return None
        return LiveChange(SetVcpus(int(count)), difference)
    if way is Way.SET_TEXT:
        return LiveChange(SetText(finding.path, value), difference)
    if value.startswith("<"):  # a pin that is wholly new
        value = parse(value).get("cpuset", "")
    return LiveChange(Tune(finding.path, value), difference)


def _plug(finding: Finding) -> LiveChange:
    device = finding.device
    assert device is not None
    document = to_text(device.source)
    operation = Detach(document) if finding.declared is None else Attach(document)
    return LiveChange(operation, _now(finding))


def _without_address(device: Node) -> str:
    """A device to update in place: it keeps the address that it runs at."""
    copy = parse(to_text(device.source))
    for tag in ("address", "alias"):
        for element in copy.findall(tag):
            copy.remove(element)
    return to_text(copy)


def _network_changes(
    findings: list[Finding], wanted: Node, actual: Node, dialect: Dialect
) -> Iterator[LiveChange | Difference]:
    """virNetworkUpdate adds, deletes and modifies whole entries; ranges and DNS entries cannot be
    modified, and an entry that changes its key is another entry."""
    done: set[str] = set()
    for finding in findings:
        section = dialect.effects.section(plain(finding.path))
        if not section:
            yield _waits(finding)
            continue
        path = _entry_path(finding.path, section)
        if path in done:
            continue
        done.add(path)
        new, parent = _entry(wanted, path, dialect.identities)
        old, old_parent = _entry(actual, path, dialect.identities)
        index = max(parent, old_parent)
        if new is not None and old is not None and section in ("ip-dhcp-host", "portgroup"):
            yield _update(finding, section, SectionCommand.MODIFY, new, index)
            continue
        if old is not None:
            yield _update(finding, section, SectionCommand.DELETE, old, index)
        if new is not None:
            yield _update(finding, section, SectionCommand.ADD, new, index)


def _update(finding: Finding, section: str, command: SectionCommand, node: Node, parent: int) -> LiveChange:
    operation = UpdateNetwork(to_text(node.source), NetworkSection(section), command, parent)
    return LiveChange(operation, _now(finding))


def _entry_path(path: str, section: str) -> str:
    """The path up to the entry that the finding is in, labels kept."""
    depth = {"portgroup": 1, "ip-dhcp-host": 3, "ip-dhcp-range": 3}.get(section, 2)
    parts: list[str] = []
    current, nested = "", 0
    for character in path:
        nested += {"[": 1, "]": -1}.get(character, 0)
        if character == "/" and nested == 0:
            parts.append(current)
            current = ""
        else:
            current += character
    parts.append(current)
    return "/".join(parts[:depth])


def _entry(root: Node, path: str, identities: Identities) -> tuple[Node | None, int]:
    """The entry at a labelled path, and the index of the <ip> that it stands in (-1 for none)."""
    for index, ip in enumerate(root.all("ip")):
        for dhcp in ip.all("dhcp"):
            for child in dhcp.children:
                own = identities.label(ip, "")
                prefix = f"ip[{own}]" if own else "ip"
                if f"{prefix}/dhcp/{child.tag}[{identities.label(child, 'ip/dhcp')}]" == path:
                    return child, index
    for parent in (root, *root.all("dns"), *root.all("forward")):
        schema = "" if parent is root else parent.tag
        for child in parent.children:
            named = identities.label(child, schema)
            if "/".join(filter(None, (schema, f"{child.tag}[{named}]"))) == path:
                return child, -1
    return None, -1
