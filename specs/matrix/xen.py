"""Xen through libvirt's libxl driver (src/libxl/libxl_driver.c, libxl_domain.c, libxl_conf.c)."""

from __future__ import annotations

import re

from specs.identity import Kind
from specs.matrix.model import (
    EVERYTHING,
    OF_CONTAINERS,
    Ability,
    Bounds,
    Hypervisor,
    Lack,
    NameRule,
    Usual,
    WhileRunning,
    lacks,
)

_CLOCK = "it would be accepted, and refused at the start; use utc, localtime or variable"

_NEVER = lacks(
    "devices/filesystem",
    "devices/tpm",
    "devices/rng",
    "devices/watchdog",
    "devices/hostdev[@type='mdev']",
    "devices/disk/iotune",
    Lack("clock[@offset='timezone']", _CLOCK),  # libxlMakeDomBuildInfo
    Lack("clock[@offset='absolute']", _CLOCK),
    Lack("os[@firmware]", "libxl looks no firmware up: name its file as os/loader in xml"),
    # libxlMakeChannelList
    Lack("devices/channel/target[@type='virtio']", "its channels are of type xen alone"),
    Lack("devices/channel/target[@type='spicevmc']", "its channels are of type xen alone"),
    Lack("devices/console/target[@type='virtio']", "its consoles are of type xen or serial"),
    Lack(
        "devices/disk[@type='volume']",
        "libxl looks no volume up, and tells so in its own log alone (libxl-driver.log): declare the pool,"
        " or name the volume's file",
    ),
)
"""What libxl refuses, or would take and not do."""

_XEND = (4, 3, 0)
"""The release of libvirt that lost its driver for xend."""

_KEPT = "what such a guest does to its clock stays"
_KEPT_NOT = "nothing is kept of such a guest's clock"

_BEFORE_LIBXL = lacks(
    # xenFormatHypervisorFeatures
    Lack("clock[@adjustment='reset']/../os[type='hvm']/../clock", f"reset: {_KEPT}", _XEND),
    Lack("clock[@offset='variable']/../os[type='linux']/../clock", f"variable: {_KEPT_NOT}", _XEND),
)

_NAMES = NameRule(re.compile(r"(?!Domain-0$)[\s\S]+"), "any name but Domain-0, which is the host itself")

XEN = Hypervisor(
    family="xen",
    title="Xen",
    schemes=("xen",),
    types=("xen",),
    can=EVERYTHING - {Ability.RENAME, Ability.AGENT, Ability.SNAPSHOT},
    live=frozenset(
        {
            WhileRunning.MEMORY,
            WhileRunning.VCPUS,
            WhileRunning.DISKS,
            WhileRunning.INTERFACES,
            WhileRunning.TEXTS,
            WhileRunning.NETWORKS,
        }
    ),
    lacks={Kind.DOMAIN: (*_NEVER, *_BEFORE_LIBXL, *OF_CONTAINERS)},
    bounds=Bounds(names={Kind.DOMAIN: _NAMES}),
    seeds=frozenset({"cloudInit", "configDrive"}),
    images=("raw", "qcow2"),
    usual=Usual(type="xen", bus="xen"),
    proven="real Xen 4.17 with libvirt 9.0",
)
