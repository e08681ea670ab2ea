"""Changes of a running domain: plugging, memory, processors, texts; live only."""

from __future__ import annotations

import time

import libvirt
from lxml import etree

from drivers.base import Text
from drivers.base.errors import NotFound, Refused, Transient
from drivers.base.progress import waiting
from drivers.libvirt.domains import with_fresh_pools
from specs.documents.identities import LIBVIRT
from specs.documents.tree import to_node
from specs.documents.values import normalise_values
from specs.xml import parse

_LIVE = libvirt.VIR_DOMAIN_AFFECT_LIVE
_POLL = 0.2
_UNPLUG_DEADLINE = 30.0
_ASK_AGAIN = 1.0
"""After the five seconds that libvirt itself waits each time; QEMU takes another request by then."""
_BALLOON_STANDSTILL = 15.0
_BALLOON_DEADLINE = 120.0
_MIB_IN_KIB = 1024


def attach(domain: libvirt.virDomain, device: str) -> None:
    """Plugs a device in; at an address of its own choice where the given one is not free."""
    element = parse(device)
    try:
        _plug(domain, element)
    except libvirt.libvirtError:
        address = element.find("address")
        if address is None or address.get("type") != "pci":
            raise
        element.remove(address)
        _plug(domain, element)


def _plug(domain: libvirt.virDomain, device: etree._Element) -> None:
    """A container that was only just started takes nothing until its first process is there."""
    document = etree.tostring(device, encoding="unicode")
    deadline = time.monotonic() + _FIRST_PROCESS
    while True:
        try:
            with_fresh_pools(
                domain.connect(), lambda: document, lambda: domain.attachDeviceFlags(document, _LIVE)
            )
            return
        except libvirt.libvirtError as error:
            if _NO_PROCESS_YET not in str(error) or time.monotonic() > deadline:
                raise
        time.sleep(_POLL)


_NO_PROCESS_YET, _FIRST_PROCESS = "until init PID is known", 20.0
"""libvirt's words for it (lxcDomainAttachDeviceNetLive), and for how many seconds we wait."""


_LEAVING = "in the process of unplug"
"""QEMU's words for a device that the guest was asked to let go of already (qmp_device_del)."""


def detach(domain: libvirt.virDomain, device: str) -> None:
    """Unplugs a device and waits until the guest has let go: libvirt answers before that. The guest is
    asked again now and then: one that still boots does not hear the first time."""
    try:
        domain.detachDeviceFlags(device, _LIVE)
    except libvirt.libvirtError as error:
        if _is_absent(domain, device):
            raise NotFound(f"the guest has no such device: {error}") from error
        if _LEAVING not in str(error):  # an earlier try of ours was killed while it waited
            raise
    wanted = parse(device)
    with waiting(f"the guest to let go of {_called(wanted)}", _UNPLUG_DEADLINE):
        _until_let_go(domain, device, wanted)


def _called(device: etree._Element) -> str:
    """A device as people know it: its target, its MAC address, or what kind of thing it is."""
    named = (_own(device, path, attribute) for path, attribute in _TOLD_BY)
    return next(filter(None, named), f"a {device.tag}")


def _until_let_go(domain: libvirt.virDomain, device: str, wanted: etree._Element) -> None:
    asked = time.monotonic()
    deadline = asked + _UNPLUG_DEADLINE
    while _present(domain, wanted):
        if time.monotonic() - asked > _ASK_AGAIN:
            _ask_again(domain, device)
            asked = time.monotonic()
        if time.monotonic() > deadline:
            raise Refused(
                f"the guest did not let go of the {wanted.tag} within {_UNPLUG_DEADLINE:g} s",
                "it is asked again at the next apply; it goes at the guest's next start in any case",
            )
        time.sleep(_POLL)


def _ask_again(domain: libvirt.virDomain, device: str) -> None:
    try:
        domain.detachDeviceFlags(device, _LIVE)
    except libvirt.libvirtError:
        return  # on its way out, or gone: what counts is whether it is still there


def _is_absent(domain: libvirt.virDomain, device: str) -> bool:
    """Whether a device that can be told from others is not there: drivers say so in several ways
    (VIR_ERR_OPERATION_FAILED, libxlDomainDetachDeviceDiskLive)."""
    wanted = parse(device)
    named = any(_own(wanted, path, attribute) for path, attribute in _TOLD_BY) or wanted.tag == "hostdev"
    return named and bool(domain.isActive()) and not _present(domain, wanted)


_TOLD_BY = (("target", "dev"), ("mac", "address"), ("target", "dir"), ("alias", "name"))
"""Where a device says what it is told apart by; an interface's target is a name of the host's."""


def _own(device: etree._Element, path: str, attribute: str) -> str:
    own = None if (device.tag, path) == ("interface", "target") else device.find(path)
    return own.get(attribute, "") if own is not None else ""


def _present(domain: libvirt.virDomain, wanted: etree._Element) -> bool:
    root = parse(domain.XMLDesc(0))
    for path, attribute in _TOLD_BY:
        value = _own(wanted, path, attribute)
        if value:
            alike = root.iterfind(f"devices/{wanted.tag}")
            return any(_own(device, path, attribute).lower() == value.lower() for device in alike)
    known = _identity(wanted) if wanted.tag == "hostdev" else ""
    return known != "" and known in map(_identity, root.iterfind("devices/hostdev"))


def _identity(device: etree._Element) -> str:
    """What a device is told apart by, however its values are spelled."""
    node = to_node(device)
    normalise_values(node)
    return LIBVIRT.label(node, "devices")


def update(domain: libvirt.virDomain, device: str) -> None:
    """Changes a device in place."""
    domain.updateDeviceFlags(device, _LIVE)


def set_memory(domain: libvirt.virDomain, kib: int) -> None:
    """Balloons the guest and waits until it has followed: libvirt answers before that. A guest that is large
    or busy gets there bit by bit; one that stands still will not."""
    domain.setMemoryFlags(kib, _LIVE)
    with waiting("the guest's memory to follow", _BALLOON_DEADLINE):
        _until_it_followed(domain, kib)


def _until_it_followed(domain: libvirt.virDomain, kib: int) -> None:
    started = moved = time.monotonic()
    last = -1
    while _in_mib(held := _current_memory(domain)) != _in_mib(kib):
        now = time.monotonic()
        if held != last:
            last, moved = held, now
        if now > min(moved + _BALLOON_STANDSTILL, started + _BALLOON_DEADLINE):
            raise Refused(
                f"the guest holds {held} KiB instead of {kib} KiB after {now - started:.0f} s",
                "does it have a memory balloon and its driver, and that much memory to spare?",
            )
        time.sleep(_POLL)


def _in_mib(kib: int) -> int:
    """As libvirt rounds sizes when a guest starts (qemuDomainAlignMemorySizes)."""
    return -(-kib // _MIB_IN_KIB)


def _current_memory(domain: libvirt.virDomain) -> int:
    return int(parse(domain.XMLDesc(0)).findtext("currentMemory") or 0)


def set_vcpus(domain: libvirt.virDomain, count: int) -> None:
    """Plugs virtual CPUs in or out; out only as far as the guest lets go of them."""
    domain.setVcpusFlags(count, _LIVE)
    plugged = domain.vcpusFlags(_LIVE)
    if plugged != count:
        raise Transient(f"the guest has {plugged} virtual CPUs plugged in instead of {count}")


_TEXTS = {
    Text.TITLE: libvirt.VIR_DOMAIN_METADATA_TITLE,
    Text.DESCRIPTION: libvirt.VIR_DOMAIN_METADATA_DESCRIPTION,
}


def set_text(domain: libvirt.virDomain, text: Text, value: str) -> None:
    """Sets the title or the description."""
    domain.setMetadata(_TEXTS[text], value or None, None, None, _LIVE)
