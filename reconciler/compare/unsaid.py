"""Where a device is plugged in, and the like: it counts only where the files say it."""

from __future__ import annotations

from drivers.dialects import Dialect
from reconciler.compare.match import pair
from specs.documents.tree import Node

_DEVICES = "devices"


def forget_unsaid(wanted: Node, actual: Node, said: Node | None, dialect: Dialect) -> None:
    """Takes out of a domain's persistent and live trees what a start may choose and the files leave open."""
    _forget((wanted, actual), said, dialect.running.unsaid)
    if said is not None:
        said_of = _pairs(wanted, said, dialect)
        live_of = _pairs(wanted, actual, dialect)
    else:
        said_of = live_of = {}
    kept: set[Node] = set()
    for device in _devices(wanted):
        twin = live_of.get(device)
        trees = (device,) if twin is None else (device, twin)
        _forget(trees, said_of.get(device), dialect.running.unsaid)
        kept.update(trees)
    for device in _devices(actual):
        if device not in kept:
            _forget((device,), None, dialect.running.unsaid)


def _forget(nodes: tuple[Node, ...], said: Node | None, unsaid: frozenset[str]) -> None:
    told = {child.tag for child in said.children} if said is not None else set()
    for node in nodes:
        node.drop(lambda child: child.tag in unsaid - told)


def _devices(root: Node) -> list[Node]:
    return [device for devices in root.all(_DEVICES) for device in devices.children]


def _pairs(left: Node, right: Node, dialect: Dialect) -> dict[Node, Node]:
    """The devices of two documents that are the same."""
    found: dict[Node, Node] = {}
    for tag in {device.tag for device in _devices(left)}:
        ours, theirs = ([d for d in _devices(root) if d.tag == tag] for root in (left, right))
        found |= pair(dialect.identities, _DEVICES, ours, theirs)
    return found
