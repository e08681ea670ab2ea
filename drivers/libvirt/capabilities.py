"""What a host can do, from virConnectGetCapabilities."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import libvirt

from drivers.base import Capabilities
from drivers.base.machine import machine_identity
from drivers.libvirt.errors import is_lost
from drivers.libvirt.kinds import CALLS
from specs.identity import MANAGED_KINDS, Kind
from specs.xml import parse

_HOST_UUID = re.compile(r"<host>\s*<uuid>([0-9a-fA-F-]+)</uuid>")
_FIRMWARE_UUID = re.compile(r"<entry name='uuid'>([0-9a-fA-F-]+)</entry>")
_PREFERRED = ("kvm", "hvf", "qemu", "lxc", "xen")


def version_of(handle: libvirt.virConnect) -> str:
    """'libvirt 9.0.0, QEMU 7.2.22': the daemon's and the hypervisor's version."""
    known = f"libvirt {_dotted(handle.getLibVersion())}"
    try:
        return f"{known}, {handle.getType()} {_dotted(handle.getVersion())}"
    except libvirt.libvirtError:  # some drivers have no version of their own
        return f"{known}, {handle.getType()}"


def identity_of(handle: libvirt.virConnect) -> str:
    """'qemu/system 4c4c4544-…': the hypervisor's driver, the daemon's scope and libvirt's host UUID
    (virGetHostUUID), with the host's name unless its firmware tells the same UUID; '' where libvirt has none.
    """
    known = _HOST_UUID.search(handle.getCapabilities())
    if known is None:
        return ""
    own = urlsplit(handle.getURI())
    hypervisor, uuid = f"{own.scheme.partition('+')[0]}{own.path}", known[1].lower()
    return machine_identity(hypervisor, uuid, "" if uuid == _firmware_uuid(handle) else _host_name(handle))


def _firmware_uuid(handle: libvirt.virConnect) -> str:
    """The UUID in the host's SMBIOS tables (virConnectGetSysinfo); '' where nobody can read them."""
    try:
        found = _FIRMWARE_UUID.search(handle.getSysinfo(0))
    except libvirt.libvirtError as error:
        if is_lost(error):
            raise
        return ""
    return found[1].lower() if found else ""


def _host_name(handle: libvirt.virConnect) -> str:
    try:
        return str(handle.getHostname())
    except libvirt.libvirtError as error:
        if is_lost(error):
            raise
        return ""


def _dotted(number: int) -> str:
    return f"{number // 1000000}.{number // 1000 % 1000}.{number % 1000}"


def capabilities_of(handle: libvirt.virConnect) -> Capabilities:
    """Parses the host's capabilities; guests of the host's own architecture decide the defaults."""
    root = parse(handle.getCapabilities())
    arch = root.findtext("host/cpu/arch") or "x86_64"
    types: dict[str, None] = {}
    machines: dict[str, str] = {}
    types_of_machines: set[str] = set()
    emulators: dict[str, str] = {}
    for guest in root.iterfind("guest/arch"):
        name = guest.get("name", "")
        for machine in guest.iter("machine"):
            types_of_machines.add(f"{name}/{machine.text}")
            if machine.get("canonical"):
                machines[f"{name}/{machine.text}"] = machine.get("canonical", "")
        if name == arch:
            types.update((domain.get("type", ""), None) for domain in guest.iterfind("domain"))
            emulators[name] = guest.findtext("emulator") or ""
    info = handle.getInfo()
    return Capabilities(
        family=handle.getType().lower(),
        version=version_of(handle),
        domain_types=tuple(sorted(types, key=_preference)),
        os_types=tuple(dict.fromkeys(t.text or "" for t in root.iterfind("guest/os_type"))),
        arch=arch,
        machines=machines,
        kinds=frozenset(kind for kind in MANAGED_KINDS if _holds(handle, kind)),
        cpus=info[2],
        memory_kib=info[1] * 1024,
        emulators=emulators,
        memory_free_kib=min(_free_kib(handle), info[1] * 1024),  # machines grow
        machine_types=frozenset(types_of_machines),
        interfaces=_interfaces(handle),
    )


def _free_kib(handle: libvirt.virConnect) -> int:
    """What a guest that comes could have: what nobody uses, and what only caches hold
    (virNodeGetMemoryStats), else the former alone (virNodeGetFreeMemory); 0 where neither is told."""
    try:
        known = handle.getMemoryStats(libvirt.VIR_NODE_MEMORY_STATS_ALL_CELLS, 0)
        return int(sum(known.get(part, 0) for part in ("free", "buffers", "cached")))
    except libvirt.libvirtError as error:
        if is_lost(error):
            raise
    try:
        return int(handle.getFreeMemory()) // 1024
    except libvirt.libvirtError as error:
        if is_lost(error):
            raise
        return 0


def _interfaces(handle: libvirt.virConnect) -> frozenset[str]:
    """All network interfaces; none where the daemon has no driver for them."""
    try:
        return frozenset(each.name() for each in handle.listAllInterfaces(0))
    except libvirt.libvirtError as error:
        if is_lost(error):
            raise
        return frozenset()


def _preference(domain_type: str) -> int:
    return _PREFERRED.index(domain_type) if domain_type in _PREFERRED else len(_PREFERRED)


def _holds(handle: libvirt.virConnect, kind: Kind) -> bool:
    try:
        CALLS[kind].count(handle)
    except libvirt.libvirtError:
        return False
    return True
