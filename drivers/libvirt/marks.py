"""The ownership mark in the metadata of what keeps one."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import libvirt
from lxml import etree

from drivers.libvirt.itself import guest
from drivers.libvirt.observe import definition
from specs.documents.marks import NAMESPACE, without_mark
from specs.identity import Kind
from specs.xml import parse


def _on_domain(handle: libvirt.virConnect, name: str, mark: str) -> None:
    """By libvirt's own call, live too when the domain runs; drivers without that call get it by
    redefinition."""
    domain = guest(handle, name)
    flags = libvirt.VIR_DOMAIN_AFFECT_CONFIG
    if domain.ID() != -1:
        flags |= libvirt.VIR_DOMAIN_AFFECT_LIVE
    bare = etree.Element("owner", dict(parse(mark).attrib.items()) if mark else {})  # type: ignore[arg-type]
    try:
        domain.setMetadata(
            libvirt.VIR_DOMAIN_METADATA_ELEMENT,
            etree.tostring(bare, encoding="unicode") if mark else None,
            "vr" if mark else None,
            NAMESPACE,
            flags,
        )
    except libvirt.libvirtError as error:
        if error.get_error_code() not in (libvirt.VIR_ERR_NO_SUPPORT, libvirt.VIR_ERR_OPERATION_UNSUPPORTED):
            raise
        secure = libvirt.VIR_DOMAIN_XML_INACTIVE | libvirt.VIR_DOMAIN_XML_SECURE
        handle.defineXML(_marked(domain.XMLDesc(secure), mark))


def _on_network(handle: libvirt.virConnect, name: str, mark: str) -> None:
    """By redefinition: virNetwork.setMetadata is to be had with bindings of 9.7 only. What runs stays as it
    is (virNetworkObjAssignDef)."""
    network = handle.networkLookupByName(name)
    handle.networkDefineXML(_marked(definition(network, libvirt.VIR_NETWORK_XML_INACTIVE), mark))


PUT: Mapping[Kind, Callable[[libvirt.virConnect, str, str], None]] = {
    Kind.DOMAIN: _on_domain,
    Kind.NETWORK: _on_network,
}
"""The kinds that keep a mark, and how each is given one."""


def _marked(document: str, mark: str) -> str:
    if not mark:
        return without_mark(document)
    root, element = parse(document, comments=True), parse(mark)
    metadata = root.find("metadata")
    if metadata is None:
        metadata = etree.SubElement(root, "metadata")
    for old in metadata.findall(str(element.tag)):
        metadata.remove(old)
    metadata.append(element)
    return etree.tostring(root, encoding="unicode")
