"""A device as it is plugged into a running guest: as its definition has it, at an address that is free."""

from __future__ import annotations

from specs.documents.identities import Identities
from specs.documents.tree import Node, to_node, to_text
from specs.documents.values import normalise_values
from specs.xml import Element, parse

_DEVICES = "devices"


def plugged_as_defined(device: str, definition: str, live: str, identities: Identities) -> str:
    """The device with the address that the definition gave it, so that the guest finds it at the same place
    after its next start.

    Until then that address may be held by a device that only the next start takes away; the hypervisor
    chooses another one meanwhile. The device as it is given where the definition does not tell it apart.
    """
    given = parse(device)
    wanted = _known(given, identities)
    if not wanted:
        return _at_a_free_address(given, live)
    for defined in parse(definition).iterfind(f"{_DEVICES}/{given.tag}"):
        if _known(defined, identities) == wanted:
            return _at_a_free_address(defined, live)
    return device


def _known(device: Element, identities: Identities) -> str:
    """What a device is told apart by, however its values are spelled."""
    node: Node = to_node(device)
    normalise_values(node)
    return identities.label(node, _DEVICES)


def _at_a_free_address(device: Element, live: str) -> str:
    """The device without an address that the running guest uses for another one."""
    address = device.find("address")
    if address is not None and live:
        taken = [sorted(other.items()) for other in parse(live).iterfind(f"{_DEVICES}/*/address")]
        if sorted(address.items()) in taken:
            device.remove(address)
    return to_text(device)
