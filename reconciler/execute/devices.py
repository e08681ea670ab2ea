"""A device as its domain's definition now has it."""

from __future__ import annotations

from drivers.base import Driver
from reconciler.compare.match import label
from reconciler.compare.tree import to_node, to_text
from reconciler.plan.model import Action
from specs.xml import parse

_DEVICES = "devices"


def as_defined(driver: Driver, action: Action) -> str:
    """The device to plug in, with the address that the definition gave it: so the guest finds it at the
    same place after its next start. The planned document where the definition does not tell it apart."""
    planned = to_node(parse(action.document))
    wanted = label(planned, _DEVICES)
    seen = driver.observe_one(action.address.kind, action.native)
    if not wanted or seen is None:
        return action.document
    for device in parse(seen.document).iterfind(f"{_DEVICES}/{planned.tag}"):
        if label(to_node(device), _DEVICES) == wanted:
            return to_text(device)
    return action.document
