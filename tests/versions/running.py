"""Guests that run: what a start makes of their documents must not look like something that waits."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Sequence

import libvirt

from specs.identity import Kind
from tests.versions.documents import Document
from tests.versions.host import VersionHost
from tests.versions.measures import Column, settled
from tests.versions.tree import Tree

_AT_ONCE = 20
_BALLOON = frozenset({"currentMemory"})  # a guest that has not booted holds all of its memory


def started(host: VersionHost, tree: Tree, documents: Iterable[Document]) -> Column:
    """Of the domains that start, those of which nothing waits then; a few run at a time."""
    names = [document.name for document in documents if document.kind is Kind.DOMAIN]
    found = Column()
    for first in range(0, len(names), _AT_ONCE):
        running = start(host, names[first : first + _AT_ONCE])
        plan = tree.plan()
        seen = settled({f"Domain/{name}": plan[f"Domain/{name}"] for name in running}, apart=_BALLOON)
        found.of += seen.of
        found.wrong |= seen.wrong
        stop(host, running)
    return found


def start(host: VersionHost, names: Iterable[str]) -> list[str]:
    """Starts guests; those that run then."""
    connection = libvirt.open(host.qemu)
    try:
        return [name for name in names if _starts(connection.lookupByName(name))]
    finally:
        connection.close()


def _starts(domain: libvirt.virDomain) -> bool:
    try:
        domain.createWithFlags(libvirt.VIR_DOMAIN_START_PAUSED)
    except libvirt.libvirtError:
        return False
    return True


def stop(host: VersionHost, names: Iterable[str]) -> None:
    """Ends guests."""
    connection = libvirt.open(host.qemu)
    try:
        for name in names:
            connection.lookupByName(name).destroy()
    finally:
        connection.close()


def processes(host: VersionHost, names: Iterable[str]) -> dict[str, tuple[int, str]]:
    """What identifies the QEMU of each guest; nothing of those that ended."""
    found = {}
    for name in names:
        try:
            found[name] = host.qemu_process(name)
        except (AssertionError, subprocess.SubprocessError):
            continue
    return found


def untouched(host: VersionHost, before: dict[str, tuple[int, str]]) -> Column:
    """The guests whose QEMU is the one that it was."""
    now = processes(host, before)
    return Column(len(before), {name: "another process" for name in before if now.get(name) != before[name]})


def chosen(documents: Sequence[Document]) -> list[str]:
    """Guests that are to run through upgrades: a sample of our own domains that is all about CPUs, machines
    and clocks, which a start rewrites."""
    told = ("o-cpu", "o-clock", "o-features", "q-", "d-serial", "d-video", "d-nic-user", "d-rng", "d-tpm")
    return [d.name for d in documents if d.kind is Kind.DOMAIN and d.name.startswith(told)]
