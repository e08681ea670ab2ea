"""Network interfaces: names that libvirt makes up, defaults that it does not write back."""

from __future__ import annotations

import re

from drivers.dialects.normalise.wires import normalise_wires
from specs.documents.tree import Node
from specs.documents.values import drop_empty

_GENERATED_NAME = re.compile(r"(vnet|vif|macvtap|macvlan)\d*")
"""Names that virDomainNetDefParseXML drops (VIR_NET_GENERATED_*_PREFIX)."""

_ACTUAL = ("bridge", "dev", "mode")
"""What a running NIC of a network is plugged into (virDomainActualNetDefContentsFormat)."""

_MODELS = {
    model.lower(): model
    for model in (
        "netfront", "rtl8139", "virtio", "e1000", "e1000e", "virtio-transitional",
        "virtio-non-transitional", "usb-net", "spapr-vlan", "lan9118", "scm91c111", "vlance", "vmxnet",
        "vmxnet2", "vmxnet3", "Am79C970A", "Am79C973", "82540EM", "82545EM", "82543GC")
}  # fmt: skip
"""Models that are known in any case (virDomainNetSetModelString); others stay as they are given."""


def normalise_interface(device: Node) -> None:
    """An interface (virDomainNetDefFormat)."""
    for target in device.all("target"):
        if _GENERATED_NAME.fullmatch(target.attrs.get("dev", "")):
            del target.attrs["dev"]
    drop_empty(device, "target")
    for mac in device.all("mac"):
        mac.imply("type", "static")
    for model in device.all("model"):
        kind = model.attrs.get("type", "")
        model.attrs["type"] = _MODELS.get(kind.lower(), kind)
    for source in device.all("source"):
        for volatile in ("portid", "actual", *(_ACTUAL if device.attrs.get("type") == "network" else ())):
            source.attrs.pop(volatile, None)
    _child(device, "link").imply("state", "up")
    normalise_wires(device)
    _driver(device)
    _coalesce(device)


def _driver(device: Node) -> None:
    """There is always one queue (virDomainNetDefParseXML)."""
    _child(device, "driver").imply("queues", "1")


def _child(device: Node, tag: str) -> Node:
    """The child of that tag, which the document means even where it has none."""
    return device.first(tag) or device.add(tag)


def _coalesce(device: Node) -> None:
    """No frames to wait for is no coalescing (virDomainNetDefCoalesceFormatXML)."""
    for coalesce in device.all("coalesce"):
        for receive in coalesce.all("rx"):
            receive.drop(lambda frames: frames.attrs.get("max", "0") == "0")
        drop_empty(coalesce, "rx")
    drop_empty(device, "coalesce")
