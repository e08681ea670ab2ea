"""What a running guest can be asked: its addresses, its agent."""

from __future__ import annotations

import ipaddress

import libvirt

from drivers.base import AddressSource, GuestAddress
from drivers.base.errors import Unsupported
from specs.xml import parse

_SOURCES = {
    AddressSource.LEASE: libvirt.VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_LEASE,
    AddressSource.AGENT: libvirt.VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_AGENT,
    AddressSource.ARP: libvirt.VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_ARP,
}
_UNREAD_ARP_TABLE = "wrong nlmsg len"
"""libvirt 9.0 stumbles over the end of what newer kernels (seen with 6.18) answer (virArpTableGet)."""
_AGENT = "org.qemu.guest_agent.0"
_SILENT = frozenset({libvirt.VIR_ERR_AGENT_UNRESPONSIVE, libvirt.VIR_ERR_AGENT_UNSYNCED})
_NO_AGENT = frozenset(
    {
        libvirt.VIR_ERR_ARGUMENT_UNSUPPORTED,  # no channel for it
        libvirt.VIR_ERR_NO_SUPPORT,
        libvirt.VIR_ERR_OPERATION_UNSUPPORTED,
        libvirt.VIR_ERR_OPERATION_INVALID,  # the guest does not run
    }
)


def addresses(
    handle: libvirt.virConnect, name: str, source: AddressSource, *, readonly: bool
) -> tuple[GuestAddress, ...]:
    """The guest's addresses, without loopback and link-local ones (virDomainInterfaceAddresses). A
    connection that cannot write may not ask the agent."""
    if source is AddressSource.AGENT and readonly:
        raise Unsupported("the guest's agent is not asked over a connection that cannot write")
    domain = handle.lookupByName(name)
    try:
        interfaces = domain.interfaceAddresses(_SOURCES[source], 0)
    except libvirt.libvirtError as error:
        if error.get_error_code() in _SILENT or _UNREAD_ARP_TABLE in str(error):
            return ()
        raise
    found = (
        GuestAddress((interface.get("hwaddr") or "").lower(), address["addr"], source)
        for interface in interfaces.values()
        for address in interface.get("addrs") or ()
        if _is_reachable(address["addr"])
    )
    return tuple(dict.fromkeys(found))


def _is_reachable(text: str) -> bool:
    address = ipaddress.ip_address(text)
    return not (address.is_loopback or (address.version == 6 and address.is_link_local))


def agent_answers(handle: libvirt.virConnect, name: str, *, readonly: bool) -> bool:
    """Whether the guest's agent answers now.

    It is asked for the time, for libvirt has no ping that leaves no taint; a silent agent costs libvirt's
    own 5 seconds. Over a connection that cannot write: whether it has opened its channel.
    """
    domain = handle.lookupByName(name)
    if readonly or not _agent_connected(domain):
        return _agent_connected(domain)
    try:
        domain.getTime(0)
    except libvirt.libvirtError as error:
        if error.get_error_code() in _SILENT | _NO_AGENT:
            return False
        raise
    return True


def _agent_connected(domain: libvirt.virDomain) -> bool:
    targets = parse(domain.XMLDesc(0)).iterfind("devices/channel/target")
    return any(t.get("name") == _AGENT and t.get("state") == "connected" for t in targets)
