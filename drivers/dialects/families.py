"""The families of hypervisors, each composed from what they share and what it has of its own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Protocol

from drivers.dialects import choices, merging, normalise, ownership, running
from drivers.dialects.dumps import forget_its_start
from drivers.dialects.effects import Effects
from drivers.dialects.hyperv import keep_boot_order, keep_boot_ranks, keep_disk_names
from drivers.dialects.machines import keep_machine
from drivers.dialects.model import Dialect, DialectDefaults, Platform
from drivers.dialects.moved import keep_offset
from drivers.dialects.settings import settings_of
from drivers.dialects.vsphere import keep_boot_words, keep_volume_names
from specs.documents.identities import LIBVIRT as IDENTITIES
from specs.identity import MAC_PREFIXES, QEMUS_MAC, Kind
from specs.matrix.model import Release

_RULES = {
    "qemu": normalise.QEMU,
    "sim": normalise.QEMU,
    "xen": normalise.XEN,
    "xend": normalise.XEND,
    "lxc": normalise.LXC,
}
"""Families that rewrite more than libvirt does for all of them."""

_DECIDED = {
    "hyperv": (keep_boot_order, keep_boot_ranks, keep_disk_names),
    "vsphere": (keep_boot_words, keep_boot_ranks, keep_volume_names),
}
"""What families decide for a domain once, beside its machine type."""

_XEND_UNTIL: Release = (4, 3, 0)
"""libvirt's release that lost its driver for xend; both called themselves Xen (xenUnifiedConnectGetType)."""

_NO_UUIDS = frozenset({"hyperv", "hmc"})
"""Families that choose it: New-VM has no parameter for it, and the HMC makes that of a partition."""

_MARKLESS = frozenset({"esx", "vmware", "hyper-v", "vz", "openvz", "hmc"})
"""Families whose own form of a domain has no place for <metadata> (virVMXFormatConfig,
hypervDomainGetXMLDesc, prlsdkLoadDomain, openvzLoadDomains; an HMC has no free text)."""

_MARKED_SINCE: Mapping[Kind, Release] = {Kind.DOMAIN: (0, 0, 0), Kind.NETWORK: (9, 7, 0)}
"""libvirt's release since which documents of a kind keep <metadata> (virNetworkSetMetadata is of 9.7.0)."""

_LIBVIRT = re.compile(r"libvirt (\d+)\.(\d+)\.(\d+)")

USUAL = "qemu"
"""The family of a host of which nothing is known yet."""


class HostTraits(Protocol):
    """What a dialect is chosen by: a host's capabilities."""

    @property
    def version(self) -> str:
        """'libvirt 9.0.0, QEMU 7.2.22': what its software calls itself."""

    @property
    def family(self) -> str:
        """libvirt's driver name in lower case, `sim` for the simulated one."""

    @property
    def arch(self) -> str:
        """The host's architecture."""

    @property
    def machines(self) -> Mapping[str, str]:
        """'<arch>/<alias>' → canonical machine type, in the host's version."""


def dialect_of(capabilities: HostTraits | None) -> Dialect:
    """The dialect of a host: of its family, with the machine types of its version."""
    if capabilities is None:
        return _of_family(USUAL)
    return dialect(
        capabilities.family, capabilities.machines, capabilities.arch, libvirt_release(capabilities.version)
    )


def dialect(
    family: str,
    machines: Mapping[str, str] | None = None,
    arch: str = "x86_64",
    libvirt: Release | None = None,
) -> Dialect:
    """The dialect of a family; one that nobody knows has what all of them share."""
    return replace(
        _of_family("xend" if family == "xen" and libvirt is not None and libvirt < _XEND_UNTIL else family),
        platform=Platform(arch, machines or {}, libvirt),
        settings=settings_of(libvirt),
        marked=_marked(family, libvirt),
    )


def _marked(family: str, libvirt: Release | None) -> frozenset[Kind]:
    """The kinds whose documents keep the mark; those that always did, where the release is not known."""
    if family in _MARKLESS:
        return frozenset()
    release = libvirt or (0, 0, 0)
    whole = family in ("sim", "hyperv")  # notes of switches, too
    return frozenset(kind for kind, since in _MARKED_SINCE.items() if whole or since <= release)


def libvirt_release(version: str) -> Release | None:
    """libvirt's release, of what a host's software calls itself; None where it is not libvirt."""
    found = _LIBVIRT.match(version)
    return (int(found[1]), int(found[2]), int(found[3])) if found else None


@lru_cache(maxsize=64)
def _of_family(family: str) -> Dialect:
    return Dialect(
        family=family,
        platform=Platform(),
        rules=_RULES.get(family, normalise.LIBVIRT),
        inherited={Kind.DOMAIN: (keep_machine, *_DECIDED.get(family, ()))},
        at_first_sight={Kind.DOMAIN: (forget_its_start,)},
        moved={Kind.DOMAIN: (keep_offset,)},
        identities=IDENTITIES,
        effects=Effects.of_family(family),
        ownership=ownership.LIBVIRT,
        running=running.XEN if family == "xen" else running.LIBVIRT,
        merging=merging.LIBVIRT,
        choices=choices.LIBVIRT,
        defaults=DialectDefaults(MAC_PREFIXES.get(family, QEMUS_MAC), family not in _NO_UUIDS),
        marked=_marked(family, None),
    )
