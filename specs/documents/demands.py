"""What a domain's document demands of a host: a machine type, models of devices, bridges."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from specs.documents.tree import Node, to_node
from specs.xml import parse


@dataclass(frozen=True, slots=True)
class Demands:
    """`domain_type`, `arch` and `machine` are '' where the document leaves them to the host; `values` are the
    attributes of devices by their schema paths; `bridges` those that its interfaces are plugged into."""

    domain_type: str
    emulator: str
    arch: str
    machine: str
    values: tuple[tuple[str, str], ...]
    bridges: tuple[str, ...]


@lru_cache(maxsize=1024)
def demands(document: str) -> Demands:
    """Reads a domain's document."""
    root = to_node(parse(document))
    devices = [device for each in root.all("devices") for device in each.children]
    kind = next((kind for os in root.all("os") for kind in os.all("type")), None)
    parts = (
        *((device.tag, device) for device in devices),
        *((f"{device.tag}/{part.tag}", part) for device in devices for part in device.children),
    )
    values = {
        (f"devices/{path}/@{name}", value) for path, node in parts for name, value in node.attrs.items()
    }
    return Demands(
        domain_type=root.attrs.get("type", ""),
        emulator=next((device.text for device in devices if device.tag == "emulator"), ""),
        arch=kind.attrs.get("arch", "") if kind else "",
        machine=kind.attrs.get("machine", "") if kind else "",
        values=tuple(sorted(values)),
        bridges=tuple(filter(None, (_bridge(each) for each in devices))),
    )


def _bridge(device: Node) -> str | None:
    """A network's own bridge is its host's business."""
    plugged = device.tag == "interface" and device.attrs.get("type") == "bridge"
    return device.value("source", "bridge") if plugged else None
