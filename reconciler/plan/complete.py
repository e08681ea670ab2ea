"""What a document still needs before a hypervisor gets it: identities and the hypervisor's defaults."""

from __future__ import annotations

from lxml import etree

from drivers.base import Capabilities
from reconciler.plan.ownership import Mark, put_mark
from specs.desired import Declared
from specs.identity import Kind, derive_mac
from specs.xml import parse

_MAC_PREFIXES = {"xen": "00:16:3e", "esx": "00:0c:29", "vmware": "00:0c:29", "vbox": "08:00:27"}


def complete(
    declared: Declared,
    document: str,
    capabilities: Capabilities | None,
    fleet: str,
    mark: Mark | None,
    *,
    uuid: str = "",
) -> str:
    """The document as it is given to the hypervisor.

    Fills in what is missing and only that: the UUID (a redefinition carries the observed one), the
    domain's type, the MAC addresses of its interfaces; and puts the ownership mark.
    """
    root = parse(document, blanks=False)
    kind = declared.address.kind
    if kind is not Kind.VOLUME and root.find("uuid") is None:
        _insert_uuid(root, uuid or declared.uuid)
    if kind is Kind.DOMAIN:
        _fill_type(root, capabilities)
        _fill_macs(root, capabilities, fleet, declared.address.name)
        if mark:
            put_mark(root, mark)
    return etree.tostring(root, encoding="unicode")


def _insert_uuid(root: etree._Element, value: str) -> None:
    element = etree.Element("uuid")
    element.text = value
    name = root.find("name")
    root.insert(0 if name is None else root.index(name) + 1, element)


def _fill_type(root: etree._Element, capabilities: Capabilities | None) -> None:
    if root.get("type") is None and capabilities and capabilities.domain_types:
        root.set("type", capabilities.domain_types[0])


def _fill_macs(root: etree._Element, capabilities: Capabilities | None, fleet: str, name: str) -> None:
    interfaces = root.findall("devices/interface")
    taken = {mac.get("address", "").lower() for mac in root.iterfind("devices/interface/mac")}
    prefix = _MAC_PREFIXES.get(capabilities.family if capabilities else "", "52:54:00")
    for index, interface in enumerate(interfaces):
        if interface.get("type") == "hostdev" or interface.find("mac") is not None:
            continue
        address = derive_mac(fleet, name, str(index), prefix)
        while address in taken:
            index += 1
            address = derive_mac(fleet, name, str(index), prefix)
        taken.add(address)
        interface.insert(0, etree.Element("mac", address=address))
