"""What the devices of a domain choose: their sources, models and buses."""

from __future__ import annotations

from collections.abc import Mapping

from drivers.dialects.choices.model import Choice, by, has, parts
from specs.documents.tree import Node

_ADDRESS = parts("address", told=False)
"""Another bus has other addresses; the hypervisor gives a new one."""

_MODELLED = "network bridge user ethernet direct internal mcast server client udp null"
"""Interfaces that may have any model: a vhost-user or vDPA one is virtio, and one of the host what it is."""

_PLUGGED = (
    "disk",
    "controller",
    "filesystem",
    "interface",
    "hostdev",
    "input",
    "sound",
    "video",
    "watchdog",
    "memballoon",
    "rng",
    "tpm",
    "shmem",
    "memory",
    "iommu",
    "vsock",
    "panic",
    "hub",
    "nvram",
    "redirdev",
    "smartcard",
    "serial",
    "console",
    "parallel",
    "channel",
)
"""Devices that stand at an address."""

_CHARACTERS = ("serial", "console", "parallel", "channel", "redirdev")


_STORED = "file block dir network volume nvme"
"""Disks that QEMU itself reads and writes."""


def _reached(graphics: Node) -> str:
    """By ports of the host, through a socket, or not at all (virDomainGraphicsListensParseXML)."""
    listen = graphics.first("listen")
    if listen is not None and listen.attrs.get("type") in ("socket", "none"):
        return listen.attrs["type"]
    ports = {"port", "autoport", "tlsPort", "websocket"} & graphics.attrs.keys()
    return "ports" if listen is not None or ports else ""


def _exported(filesystem: Node) -> str:
    """A folder, or the socket of a daemon that somebody else runs (virDomainFSDefParseXML)."""
    if has(filesystem, "source/@socket"):
        return "socket"
    return "folder" if has(filesystem, "source/@dir") else ""


_CHARACTER = (
    Choice(by("@type"), parts("source", "protocol", "@tty")),
    Choice(by("target/@type"), (*parts("target/model"), *_ADDRESS)),
)

_SOCKET = (Choice(by("@mode"), parts("reconnect")),)
"""Who connects can do so again; who listens cannot (virDomainChrSourceDefValidate)."""

_DISK = (
    Choice(
        by("@type"),
        (
            *parts("source", "backingStore", "mirror", "auth", "encryption", "driver/@type"),
            # virDomainDiskVhostUserValidate
            *parts("driver/@*", "driver/*", "readonly", "shareable", "transient", "serial", "wwn", "vendor",
                   "product", "geometry", "blockio", "iotune", of=_STORED),
        ),
    ),
    Choice(by("source/@protocol"), parts("auth")),
    Choice(
        by("@device"),  # virDomainDiskDefValidate
        (*parts("readonly", of="cdrom"), *parts("@sgio", "@rawio", of="lun"),
         *parts("target/@rotation_rate", of="disk"), *parts("serial", of="disk cdrom floppy")),
    ),
    Choice(
        by("target/@bus"),
        (*parts("@model", "target/@removable", "target/@rotation_rate"), *_ADDRESS,
         *parts("driver/@iothread", "driver/@queues", "driver/@queue_size", "driver/@ioeventfd",
                "driver/@event_idx", "driver/@iommu", "driver/@ats", "driver/@packed",
                "driver/@page_per_vq", of="virtio")),
    ),
)  # fmt: skip
_INTERFACE = (
    Choice(
        by("@type"),
        (
            *parts("source", "virtualport", "vlan", "target", "script", "downscript", "backend",
                   "portForward", "ip", "route", "@managed", "@trustGuestRxFilters"),
            *parts("model", of=_MODELLED, told=False),
            *parts("mtu", of="network bridge ethernet vhostuser"),  # qemuDomainNetSupportsMTU
            *parts("coalesce", "filterref", of="network bridge ethernet"),
            *parts("bandwidth", of="network bridge ethernet direct"),  # virNetDevSupportsBandwidth
        ),
    ),
    Choice(by("model/@type"), parts("driver")),
)  # fmt: skip
_FILESYSTEM = (
    Choice(by("@type"), parts("source", "driver")),
    Choice(
        by("driver/@type", "path"),
        (*parts("driver", "binary", "source", "@accessmode", "@model"),
         *parts("readonly", "@fmode", "@dmode", "@multidevs", of="path handle")),
    ),
    Choice(_exported, parts("source", "binary")),
    Choice(by("@accessmode"), parts("@fmode", "@dmode", of="mapped")),
)  # fmt: skip
_CONTROLLER = (
    Choice(
        by("@model"),
        (
            *parts("@ports", "@vectors", "driver", "model", "target", "master", "pcihole64", told=False),
            *_ADDRESS,
        ),
    ),
)

PLACES: Mapping[str, tuple[Choice, ...]] = {
    "devices/disk": _DISK,
    "devices/disk/source": (Choice(by("@protocol"), parts("@*", "*")),),
    "devices/disk/source/host": (Choice(by("@transport", "tcp"), parts("@*")),),
    "devices/disk/backingStore": (Choice(by("@type"), parts("source")),),
    "devices/disk/backingStore/source/host": (Choice(by("@transport", "tcp"), parts("@*")),),
    "devices/interface": _INTERFACE,
    **{
        f"devices/{tag}/address": (Choice(by("@type"), parts("@*", "*", told=False)),) for tag in _PLUGGED
    },
    "devices/interface/driver": (Choice(by("@name"), parts("@*")),),
    "devices/interface/source/address": (Choice(by("@type"), parts("@*")),),
    "devices/interface/teaming": (Choice(by("@type"), parts("@persistent")),),
    "devices/hostdev/teaming": (Choice(by("@type"), parts("@persistent")),),
    "devices/interface/virtualport": (Choice(by("@type"), parts("parameters")),),
    "devices/filesystem": _FILESYSTEM,
    "devices/controller": _CONTROLLER,
    "devices/graphics": (Choice(_reached, parts("listen", "@port", "@autoport", "@tlsPort", "@websocket")),),
    "devices/graphics/listen": (Choice(by("@type", "address"), parts("@address", "@network", "@socket")),),
    **{f"devices/{tag}": _CHARACTER for tag in _CHARACTERS},
    **{
        f"devices/{place}/source": _SOCKET
        for place in (*_CHARACTERS, "smartcard", "interface", "rng/backend")
    },
    "devices/smartcard": (
        Choice(by("@mode"), parts("certificate", "database", "source", "protocol", "target", "log", "@type")),
        Choice(by("@type"), parts("source", "protocol")),
    ),
    "devices/rng": (
        Choice(by("@model"), _ADDRESS),
        Choice(by("backend/@model"), parts("backend")),
        Choice(by("backend/@type"), parts("backend/source", "backend/protocol")),
    ),
    "devices/tpm": (
        Choice(by("@model"), _ADDRESS),
        Choice(by("backend/@type"), parts("backend")),
    ),
    "devices/video": (Choice(by("model/@type"), (*parts("model", "driver"), *_ADDRESS)),),
    "devices/sound": (Choice(by("@model"), (*parts("codec"), *_ADDRESS)),),
    "devices/audio": (Choice(by("@type"), parts("@*", "*")),),
    "devices/watchdog": (Choice(by("@model"), _ADDRESS),),
    "devices/panic": (Choice(by("@model"), _ADDRESS),),
    "devices/shmem": (Choice(by("model/@type"), parts("size", "server", "msi")),),
    "devices/memballoon": (
        Choice(by("@model"), (*parts("stats", "@autodeflate", "@freePageReporting", "driver"), *_ADDRESS)),
    ),
    "devices/memory": (Choice(by("@model"), (*parts("source", "target", "uuid"), *_ADDRESS)),),
    "devices/iommu": (Choice(by("@model"), (*parts("driver"), *_ADDRESS)),),
    "devices/vsock/cid": (Choice(by("@auto"), parts("@address")),),
    "devices/crypto": (Choice(by("backend/@model"), parts("backend")),),
}  # fmt: skip
"""Path of the element that chooses → its choices."""
