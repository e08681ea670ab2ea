"""What QEMU's driver adds to some guests by itself, of devices that it otherwise never adds."""

from __future__ import annotations

from drivers.dialects.model import Platform
from specs.documents.tree import Node
from specs.documents.values import is_number

_MOST_WITHOUT_EIM = 255
"""QEMU_MAX_VCPUS_WITHOUT_EIM."""


def know_own_iommu(root: Node, _: Platform) -> None:
    """The IOMMU of a guest with more processors than interrupts reach without one
    (qemuDomainDefAddDefaultDevices)."""
    count = root.value("vcpu") or ""
    if not is_number(count) or int(count) <= _MOST_WITHOUT_EIM:
        return
    for iommu in (device for devices in root.all("devices") for device in devices.all("iommu")):
        iommu.own = iommu.attrs.get("model") == "intel" and iommu.value("driver", "eim") == "on"
