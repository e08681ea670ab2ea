"""Verbs on whole domains."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress

import libvirt
from lxml import etree

from drivers.base.errors import Refused
from drivers.libvirt.itself import guest
from specs.desired import StopPolicy
from specs.xml import copy_of, parse

_POLL = 0.2
_ASK_AGAIN = 10.0
_METHODS = {
    "agent": libvirt.VIR_DOMAIN_SHUTDOWN_GUEST_AGENT,
    "acpi": libvirt.VIR_DOMAIN_SHUTDOWN_ACPI_POWER_BTN,
    "initctl": libvirt.VIR_DOMAIN_SHUTDOWN_INITCTL,
    "signal": libvirt.VIR_DOMAIN_SHUTDOWN_SIGNAL,
    "paravirt": libvirt.VIR_DOMAIN_SHUTDOWN_PARAVIRT,
}
_OTHERWISE = (0, libvirt.VIR_DOMAIN_SHUTDOWN_SIGNAL)


def define(handle: libvirt.virConnect, name: str, document: str) -> None:
    """Defines or redefines; passwords, which a read-only plan cannot see, stay as they are."""
    holds = "<graphics" in document or "protocol=" in document
    secure = _secure_document(handle, name) if holds else ""
    hidden = "passwd=" in secure or "<cookies" in secure
    handle.defineXML(with_passwords(document, secure) if hidden else document)


def _secure_document(handle: libvirt.virConnect, name: str) -> str:
    """The definition with its passwords; '' of a domain that does not exist yet."""
    try:
        current = handle.lookupByName(name)
    except libvirt.libvirtError as error:
        if error.get_error_code() == libvirt.VIR_ERR_NO_DOMAIN:
            return ""
        raise
    return str(current.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE | libvirt.VIR_DOMAIN_XML_SECURE))


def with_passwords(document: str, secure: str) -> str:
    """The document with the display passwords, and the cookies of network disks, that another has."""
    root, known = parse(document, comments=True), parse(secure)
    passwords = {
        graphics.get("type"): graphics
        for graphics in known.iterfind("devices/graphics")
        if graphics.get("passwd")
    }
    for graphics in root.iterfind("devices/graphics"):
        old = passwords.get(graphics.get("type"))
        if old is not None and graphics.get("passwd") is None:
            for attribute in ("passwd", "passwdValidTo", "connected"):
                if old.get(attribute):
                    graphics.set(attribute, old.get(attribute, ""))
    cookies = {
        (target.get("dev"), source.get("name")): found
        for disk in known.iterfind("devices/disk")
        if (source := disk.find("source")) is not None
        and (target := disk.find("target")) is not None
        and (found := source.find("cookies")) is not None
    }
    for disk in root.iterfind("devices/disk") if cookies else ():
        source, target = disk.find("source"), disk.find("target")
        if source is not None and target is not None and source.find("cookies") is None:
            kept = cookies.get((target.get("dev"), source.get("name")))
            if kept is not None:
                source.append(copy_of(kept))
    return etree.tostring(root, encoding="unicode")


def with_fresh_pools(
    handle: libvirt.virConnect, document: Callable[[], str], call: Callable[[], object]
) -> None:
    """Runs a call that looks up the volumes of a domain's, or a disk's, document. A pool does not know what
    was made in it through another host: then it looks again, and the call is made once more."""
    try:
        call()
    except libvirt.libvirtError as error:
        if error.get_error_code() != libvirt.VIR_ERR_NO_STORAGE_VOL:
            raise
        refresh_pools(handle, document())
        call()


def refresh_pools(handle: libvirt.virConnect, document: str) -> None:
    """Makes the pools that a domain, or a disk, refers to look at their volumes again."""
    sources = parse(document).iter("source")
    for pool in sorted({source.get("pool", "") for source in sources} - {""}):
        with suppress(libvirt.libvirtError):  # what is missing is said by what needs it
            handle.storagePoolLookupByName(pool).refresh(0)


def start(handle: libvirt.virConnect, name: str, *, paused: bool) -> None:
    """Starts an inactive domain."""
    domain = guest(handle, name)
    if domain.isActive():
        return
    flags = libvirt.VIR_DOMAIN_START_PAUSED if paused else 0
    try:
        with_fresh_pools(
            handle,
            lambda: str(domain.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE)),
            lambda: unless(domain.isActive, lambda: domain.createWithFlags(flags)),
        )
    except libvirt.libvirtError as error:
        if not paused or error.get_error_code() != libvirt.VIR_ERR_INVALID_ARG:
            raise
        unless(domain.isActive, domain.create)  # a driver that cannot start paused (lxc, test)
        suspend(domain)


def unless(done: Callable[[], object], call: Callable[[], object]) -> None:
    """Makes a call that may find its work done: by somebody else since we looked, or by an earlier try of
    ours whose reply was lost. Its error counts only while the work is not done."""
    try:
        call()
    except libvirt.libvirtError:
        with suppress(libvirt.libvirtError):
            if done():
                return
        raise


def suspend(domain: libvirt.virDomain) -> None:
    """Pauses a domain that is not paused yet."""

    def paused() -> bool:
        return bool(domain.state()[0] == libvirt.VIR_DOMAIN_PAUSED)

    if not paused():
        unless(paused, domain.suspend)


def resume(domain: libvirt.virDomain) -> None:
    """Lets a paused domain run; one that runs already goes on, and one that waits for something of its own
    (Xen calls it blocked) runs."""

    def runs() -> bool:
        return domain.state()[0] in (libvirt.VIR_DOMAIN_RUNNING, libvirt.VIR_DOMAIN_BLOCKED)

    if not runs():
        unless(runs, domain.resume)


def stop(domain: libvirt.virDomain, policy: StopPolicy) -> None:
    """Asks the guest to shut down until the deadline, and asks again now and then: a guest that still
    boots does not hear the first time, and while its hypervisor refuses (of a container whose first
    process is not there yet, lxcDomainShutdownFlags) it was not asked. Refused when it runs on and force is
    not allowed. Without any method it is not asked at all."""
    if not domain.isActive():
        return
    if policy.methods and domain.state()[0] == libvirt.VIR_DOMAIN_PAUSED:
        resume(domain)  # a paused guest cannot hear
    deadline = time.monotonic() + (policy.deadline if policy.methods else 0.0)
    asked, times, refusal = 0.0, 0, ""
    while time.monotonic() < deadline:
        if refusal or time.monotonic() - asked > _ASK_AGAIN or not asked:
            refusal = _ask(domain, policy, times)
            asked, times = time.monotonic(), times + 1
        if _gone(domain):
            return
        time.sleep(_POLL)
    if not policy.force and refusal:
        raise Refused(
            f"the guest was not asked to shut down, for its hypervisor refused: {refusal}",
            "stop: {force: true} allows to power it off",
        )
    if not policy.force:
        raise Refused(
            f"the guest did not shut down within {policy.deadline:g} s and still runs",
            "does it have an agent or ACPI? stop: {force: true} allows to power it off",
        )
    _power_off(domain)


def _ask(domain: libvirt.virDomain, policy: StopPolicy, times: int) -> str:
    """The first method that the guest or its hypervisor takes; the hypervisor's own choice last, then a
    signal. Whoever was asked before and did not react is asked by the next method: an agent may hang, and a
    container without an initctl pipe is told nothing by libvirt's own choice, and there is no error
    (lxcDomainShutdownFlags). Gives why, where every method was refused."""
    methods = [*(_METHODS[method] for method in policy.methods if method in _METHODS), *_OTHERWISE]
    first, refusals = times % len(methods), dict[str, None]()
    for flags in (*methods[first:], *methods[:first]):
        try:
            domain.shutdownFlags(flags)
        except libvirt.libvirtError as error:
            refusals[error.get_error_message() or str(error)] = None
        else:
            return ""
    return "; ".join(refusals)


def _power_off(domain: libvirt.virDomain) -> None:
    for flags in (libvirt.VIR_DOMAIN_DESTROY_GRACEFUL, 0):
        try:
            domain.destroyFlags(flags)
        except libvirt.libvirtError:
            if _gone(domain):
                return
            if not flags:
                raise
        else:
            return


def _gone(domain: libvirt.virDomain) -> bool:
    try:
        return not domain.isActive()
    except libvirt.libvirtError as error:
        if error.get_error_code() == libvirt.VIR_ERR_NO_DOMAIN:  # a transient one leaves nothing
            return True
        raise
