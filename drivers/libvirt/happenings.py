"""What libvirt tells of, and what each of it means: a row for each event that somebody should look for.

Left out is what changes nothing that is looked at, or what comes with another event: agents, clocks,
watchdogs, errors of disks, progress of migrations, and SHUTDOWN, after which a guest still stands there until
it is STOPPED, or RESUMED where it reboots (qemuProcessShutdownOrReboot). A balloon tells when it has changed,
not when it was asked for statistics (QEMU's BALLOON_CHANGE, at most once a second).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import libvirt

from drivers.base.watch import Change, Happening
from drivers.libvirt.secrets import secret_name
from specs.identity import Kind

_REBOOT = 3.0
"""Seconds until a guest that went down by itself is up again: LXC and Xen stop one that reboots and start it
anew, and people do the same by hand."""

_HANDOVER = 3.0
"""Seconds between a move's two ends: the source pauses before the destination goes on, and goes on itself
where the move failed (VIR_DOMAIN_EVENT_SUSPENDED_MIGRATED, then RESUMED)."""

_SETTLE = {
    (libvirt.VIR_DOMAIN_EVENT_STOPPED, libvirt.VIR_DOMAIN_EVENT_STOPPED_SHUTDOWN): _REBOOT,
    (libvirt.VIR_DOMAIN_EVENT_STOPPED, libvirt.VIR_DOMAIN_EVENT_STOPPED_MIGRATED): _HANDOVER,
    (libvirt.VIR_DOMAIN_EVENT_STARTED, libvirt.VIR_DOMAIN_EVENT_STARTED_MIGRATED): _HANDOVER,
    (libvirt.VIR_DOMAIN_EVENT_SUSPENDED, libvirt.VIR_DOMAIN_EVENT_SUSPENDED_MIGRATED): _HANDOVER,
    (libvirt.VIR_DOMAIN_EVENT_SUSPENDED, libvirt.VIR_DOMAIN_EVENT_SUSPENDED_POSTCOPY): _HANDOVER,
}

_LIFECYCLE = {
    "DEFINED": Happening.DEFINED,
    "UNDEFINED": Happening.REMOVED,
    "STARTED": Happening.STARTED,
    "SUSPENDED": Happening.PAUSED,
    "RESUMED": Happening.RESUMED,
    "STOPPED": Happening.STOPPED,
    "PMSUSPENDED": Happening.PAUSED,
    "CRASHED": Happening.STOPPED,
    "CREATED": Happening.CONTENT,
    "DELETED": Happening.CONTENT,
}
"""The ends of VIR_DOMAIN_EVENT_…, VIR_NETWORK_EVENT_…, VIR_STORAGE_POOL_EVENT_… and VIR_SECRET_EVENT_…"""


@dataclass(frozen=True, slots=True)
class Told:
    """One event of libvirt: what registers for it, its number, and what a call for it means. libvirt calls
    back with the object and then what is particular to the event; no answer, and nobody needs to look."""

    family: str
    number: int
    change: Callable[..., Change | None]


def _named(kind: Kind, found: Any) -> str:
    """By what libvirt sent along, without asking; '' where that is not UTF-8."""
    try:
        return secret_name(found) if kind is Kind.SECRET else str(found.name())
    except UnicodeDecodeError:
        return ""


def _lifecycle(kind: Kind, prefix: str) -> Callable[..., Change | None]:
    words = {_number(f"{prefix}_{word}"): word for word in _LIFECYCLE}

    def change(found: Any, event: int, detail: int) -> Change | None:
        if kind is Kind.DOMAIN and event == libvirt.VIR_DOMAIN_EVENT_SHUTDOWN:
            return None
        word = words.get(event, "")
        reason = _reasons(f"{prefix}_{word}_").get(detail, "") if word else ""
        told = word.lower() or f"event {event}"
        settle = _SETTLE.get((event, detail), 0.0) if kind is Kind.DOMAIN else 0.0
        what = _LIFECYCLE.get(word, Happening.CHANGED)
        return Change(kind, _named(kind, found), what, f"{told}: {reason}" if reason else told, settle)

    return change


def _number(constant: str) -> int:
    """-1 for one that this libvirt-python does not know."""
    return int(getattr(libvirt, constant, -1))


def _reasons(prefix: str) -> dict[int, str]:
    return {
        getattr(libvirt, name): name.removeprefix(prefix).lower().replace("_", " ")
        for name in dir(libvirt)
        if name.startswith(prefix)
    }


def _plainly(
    kind: Kind, what: Happening, told: str, settle: float = 0.0, *, which: bool = False
) -> Callable[..., Change]:
    """With `which`, the first of what comes with the event says which part of the object it is about."""

    def change(found: Any, *more: object) -> Change:
        return Change(kind, _named(kind, found), what, f"{told} {more[0]}" if which else told, settle)

    return change


def _block_job(found: Any, disk: str, _type: int, status: int) -> Change:
    ended = status != libvirt.VIR_DOMAIN_BLOCK_JOB_READY
    told = f"work on disk {disk} {'ended' if ended else 'is ready to end'}"
    return Change(Kind.DOMAIN, _named(Kind.DOMAIN, found), Happening.JOB, told)


def _rows() -> Iterator[tuple[str, str, Callable[..., Change | None]]]:
    domain = Kind.DOMAIN
    yield "domain", "LIFECYCLE", _lifecycle(domain, "VIR_DOMAIN_EVENT")
    yield "domain", "REBOOT", _plainly(domain, Happening.REBOOTED, "rebooted", _REBOOT)
    yield "domain", "DEVICE_ADDED", _plainly(domain, Happening.DEVICES, "added", which=True)
    yield "domain", "DEVICE_REMOVED", _plainly(domain, Happening.DEVICES, "removed", which=True)
    yield "domain", "TRAY_CHANGE", _plainly(domain, Happening.DEVICES, "tray of", which=True)
    yield "domain", "DISK_CHANGE", _plainly(domain, Happening.DEVICES, "medium was missing")
    yield "domain", "TUNABLE", _plainly(domain, Happening.SETTINGS, "tunables")
    yield "domain", "BALLOON_CHANGE", _plainly(domain, Happening.SETTINGS, "balloon")
    yield "domain", "MEMORY_DEVICE_SIZE_CHANGE", _plainly(domain, Happening.SETTINGS, "size of", which=True)
    yield "domain", "METADATA_CHANGE", _plainly(domain, Happening.METADATA, "metadata")
    yield "domain", "BLOCK_JOB_2", _block_job
    yield "network", "LIFECYCLE", _lifecycle(Kind.NETWORK, "VIR_NETWORK_EVENT")
    yield "network", "METADATA_CHANGE", _plainly(Kind.NETWORK, Happening.METADATA, "metadata")
    yield "storage_pool", "LIFECYCLE", _lifecycle(Kind.STORAGE_POOL, "VIR_STORAGE_POOL_EVENT")
    yield "storage_pool", "REFRESH", _plainly(Kind.STORAGE_POOL, Happening.CONTENT, "refreshed")
    yield "secret", "LIFECYCLE", _lifecycle(Kind.SECRET, "VIR_SECRET_EVENT")
    yield "secret", "VALUE_CHANGED", _plainly(Kind.SECRET, Happening.CONTENT, "value set")


EVENTS = tuple(
    Told(family, number, change)
    for family, event, change in _rows()
    if (number := _number(f"VIR_{family.upper()}_EVENT_ID_{event}")) >= 0
)
"""What this libvirt-python knows of it; the first is what every hypervisor has that tells anything."""
