"""A device as its domain's definition now has it."""

from __future__ import annotations

from lxml import etree

from drivers.base import Driver
from reconciler.operations import Attach
from reconciler.plan.model import Action
from specs.documents.identities import LIBVIRT
from specs.documents.tree import to_node, to_text
from specs.xml import parse

_DEVICES = "devices"


def as_defined(driver: Driver, action: Action, attach: Attach) -> str:
    """The device to plug in, with the address that the definition gave it: so the guest finds it at the
    same place after its next start. Until then that address may be held by a device that only the next start
    takes away; the hypervisor chooses another one meanwhile. The planned document where the definition
    does not tell the device apart."""
    planned = to_node(parse(attach.document))
    wanted = LIBVIRT.label(planned, _DEVICES)
    seen = driver.observe_one(action.address.kind, action.native)
    if seen is None:
        return attach.document
    live = seen.live or ""
    if not wanted:
        return _at_a_free_address(parse(attach.document), live)
    for device in parse(seen.document).iterfind(f"{_DEVICES}/{planned.tag}"):
        if LIBVIRT.label(to_node(device), _DEVICES) == wanted:
            return _at_a_free_address(device, live)
    return attach.document


def _at_a_free_address(device: etree._Element, live: str) -> str:
    """The device without an address that the running guest uses for another one."""
    address = device.find("address")
    if address is not None and live:
        taken = [sorted(other.items()) for other in parse(live).iterfind(f"{_DEVICES}/*/address")]
        if sorted(address.items()) in taken:
            device.remove(address)
    return to_text(device)
