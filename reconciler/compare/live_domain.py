"""What a running domain lacks: values set, devices plugged, devices changed in place."""

from __future__ import annotations

from collections.abc import Iterator

from drivers.dialects.effects import Effects, Way
from reconciler.compare.model import Difference, Effect, LiveChange
from reconciler.compare.threeway import Finding
from reconciler.operations import Attach, Detach, SetMemory, SetText, SetVcpus, Tune, UpdateDevice
from specs.documents.tree import Node, plain, to_text
from specs.documents.values import is_number
from specs.xml import parse


def domain_changes(
    findings: list[Finding], wanted: Node, actual: Node, effects: Effects
) -> Iterator[LiveChange | Difference]:
    """Each finding as a live change, or as a difference that waits; one update makes a whole device right."""
    updated: set[str] = set()
    unplaced = _unplaced(findings, actual, effects)
    waiting = {
        device_path(finding.path)
        for finding in findings
        if finding.device is not None and not _possible(finding, effects)
    }
    for finding in findings:
        bare = plain(finding.path)
        way = effects.single(bare)
        device = device_path(finding.path)
        if way and (finding.declared is not None or way is Way.SET_TEXT):
            change = _scalar(way, finding, wanted, actual)
            yield change or finding.told(Effect.NEXT_BOOT)
        elif finding.device is None or finding.device in unplaced or not _possible(finding, effects):
            yield finding.told(Effect.NEXT_BOOT)
        elif _is_whole(bare):
            yield _plug(finding)
        elif device in waiting:
            # One part of the device has to wait, so the update of the whole would be refused.
            yield finding.told(Effect.NEXT_BOOT)
        elif device not in updated:
            updated.add(device)
            yield LiveChange(UpdateDevice(_without_address(finding.device)), finding.told(Effect.LIVE))


def _possible(finding: Finding, effects: Effects) -> bool:
    bare, device = plain(finding.path), finding.device
    if device is None or effects.single(bare):
        return True
    return effects.pluggable(device) if _is_whole(bare) else effects.updatable(bare, device)


def _unplaced(findings: list[Finding], actual: Node, effects: Effects) -> set[Node]:
    """The devices that what runs has no controller for: they come with the next start."""
    plugs = [f for f in findings if f.device and _is_whole(plain(f.path)) and _possible(f, effects)]
    come = [f.device for f in plugs if f.device and f.declared is not None]
    gone = [f.device for f in plugs if f.device and f.declared is None]
    return effects.unplaced(come, gone, actual) if come else set()


def _is_whole(bare: str) -> bool:
    """Whether a path names a device as a whole."""
    return bare.startswith("devices/") and bare.count("/") == 1


def device_path(path: str) -> str:
    """'devices/disk[vda]' of 'devices/disk[vda]/source/@file'; a label may itself hold slashes."""
    depth = 0
    for index, character in enumerate(path):
        depth += {"[": 1, "]": -1}.get(character, 0)
        if character == "/" and depth == 0 and path.count("/", 0, index) and path[:index] != "devices":
            return path[:index]
    return path


def _scalar(way: Way, finding: Finding, wanted: Node, actual: Node) -> LiveChange | None:
    """The operation for a single value; None where the running guest's maximum does not allow it."""
    difference, value = finding.told(Effect.LIVE), finding.declared or ""
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
    return LiveChange(operation, finding.told(Effect.LIVE))


def _without_address(device: Node) -> str:
    """A device to update in place: it keeps the address that it runs at."""
    copy = parse(to_text(device.source))
    for tag in ("address", "alias"):
        for element in copy.findall(tag):
            copy.remove(element)
    return to_text(copy)
