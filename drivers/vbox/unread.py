"""What a .vbox file says that no document of ours does."""

from __future__ import annotations

from collections.abc import Iterator

from drivers.vbox.nodes import every
from specs.xml import parse

_PLACES = {
    "Machine/Snapshot": "Snapshot",
    "Machine/Hardware/USB/Controllers/Controller": "USB",
    "Machine/Hardware/USB/DeviceFilters/DeviceFilter": "USB filters",
    "Machine/Hardware/SharedFolders/SharedFolder": "SharedFolders",
    "Machine/Hardware/LPT/Port": "LPT",
    "Machine/Hardware/VideoCapture": "VideoCapture",
}
_SWITCHED = {
    "Machine/Hardware/RemoteDisplay": "RemoteDisplay",
    "Machine/Hardware/Autostart": "Autostart",
}
"""Of these only what is on."""


def unread(text: str) -> Iterator[str]:
    """Names of what is there and is left out. Raises NotXml."""
    root = parse(text, blanks=False)
    for path, name in _PLACES.items():
        if any(True for _ in every(root, path)):
            yield name
    for path, name in _SWITCHED.items():
        if any(each.get("enabled") == "true" for each in every(root, path)):
            yield name
