"""Containers: how their interfaces are called within, and what each of them shares with others."""

from __future__ import annotations

from drivers.dialects.model import Platform
from specs.documents.tree import Node

_NAMESPACE = "{http://libvirt.org/schemas/domain/lxc/1.0}namespace"


def normalise_container(root: Node, _: Platform) -> None:
    """Normalises a container's tree in place."""
    for devices in root.all("devices"):
        _names_within(devices.all("interface"))
    for namespace in root.all(_NAMESPACE):
        namespace.drop(lambda share: share.attrs.get("type") == "none")  # lxcDomainDefNamespaceFormatXML
        if not namespace.children:
            namespace.lose("")


def _names_within(interfaces: list[Node]) -> None:
    """Those without a name are eth0, eth1 … once they run, and another name is that of the end outside
    (virLXCProcessSetupInterfaces)."""
    unnamed = 0
    for interface in interfaces:
        guest = interface.first("guest") or interface.add("guest")
        guest.attrs.pop("actual", None)
        if "dev" not in guest.attrs:
            guest.imply("dev", f"eth{unnamed}")
            unnamed += 1
