"""Identities and defaults that a document still needs before a hypervisor gets it."""

from __future__ import annotations

from lxml import etree

from specs.documents.marks import Mark, put_mark
from specs.documents.values import uuid as spelled_uuid
from specs.identity import Kind, derive_mac
from specs.xml import parse


def uuid_in(root: etree._Element) -> str:
    """The UUID that a document gives its object, in lower case; '' for none. Of a domain that of its
    firmware's tables is it as well (virSysinfoSystemParseXML)."""
    told = root.findtext("uuid") or root.findtext("sysinfo[@type='smbios']/system/entry[@name='uuid']") or ""
    return spelled_uuid(told.strip())


def completed(document: str, kind: Kind, uuid: str, mark: Mark | None) -> str:
    """A document with a UUID, where its kind has one and it says none, and with the ownership mark, if there
    is one to put."""
    root = parse(document, blanks=False)
    if kind is not Kind.VOLUME:
        _give_uuid(root, uuid)
    if mark:
        put_mark(root, mark)
    return etree.tostring(root, encoding="unicode")


def completed_domain(
    document: str,
    uuid: str,
    *,
    type_: str,
    mac_prefix: str,
    fleet: str,
    name: str,
    mark: Mark | None,
) -> str:
    """A domain's document with a UUID, a type and the MAC addresses of its interfaces where it says none,
    and with the ownership mark, if there is one to put."""
    root = parse(document, blanks=False)
    _give_uuid(root, uuid)
    if type_ and root.get("type") is None:
        root.set("type", type_)
    _give_macs(root, mac_prefix, fleet, name)
    if mark:
        put_mark(root, mark)
    return etree.tostring(root, encoding="unicode")


def _give_uuid(root: etree._Element, value: str) -> None:
    if not value or root.find("uuid") is not None:
        return
    element = etree.Element("uuid")
    element.text = value
    name = root.find("name")
    root.insert(0 if name is None else root.index(name) + 1, element)


def _give_macs(root: etree._Element, prefix: str, fleet: str, name: str) -> None:
    for interface, address in derived_macs(root, prefix, fleet, name):
        interface.insert(0, etree.Element("mac", address=address))


def derived_macs(
    root: etree._Element, prefix: str, fleet: str, name: str
) -> tuple[tuple[etree._Element, str], ...]:
    """The interfaces of a domain that say no MAC address, each with the one that it is given: derived from
    fleet, domain and position, past those that are taken."""
    taken = {mac.get("address", "").lower() for mac in root.iterfind("devices/interface/mac")}
    found = []
    for index, interface in enumerate(root.findall("devices/interface")):
        if interface.get("type") == "hostdev" or interface.find("mac") is not None:
            continue
        address = derive_mac(fleet, name, str(index), prefix)
        while address in taken:
            index += 1
            address = derive_mac(fleet, name, str(index), prefix)
        taken.add(address)
        found.append((interface, address))
    return tuple(found)
