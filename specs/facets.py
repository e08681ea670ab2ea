"""What can be done with a host, in parts; which hypervisors lack which, by the scheme of their URI.

One declaration for what is said offline and for what a driver answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Facet(StrEnum):
    """A part of what can be done with a host; every host can at least be observed."""

    WATCH = "watch"
    LIFECYCLE = "lifecycle"
    LIVE = "live"
    STORAGE = "storage"
    GUEST = "guest"
    MOVE = "move"


_WORDS: Mapping[Facet, str] = {
    Facet.WATCH: "tell of changes as they happen",
    Facet.LIFECYCLE: "define, start, stop or remove anything",
    Facet.LIVE: "change what runs",
    Facet.STORAGE: "fill, read, copy or grow volumes",
    Facet.GUEST: "ask running guests for their addresses, agents and consoles",
    Facet.MOVE: "move domains to other hosts",
}
_LACKING: Mapping[str, frozenset[Facet]] = {
    "vbox": frozenset({Facet.STORAGE}),  # vboxStorageDriver has no storageVolUpload, Resize or CreateXMLFrom
    "hyperv": frozenset({Facet.STORAGE}),  # libvirt has no storage driver for it
}


def lacks(scheme: str, facet: Facet) -> bool:
    """Whether the hypervisors behind a scheme are known to lack a facet."""
    return facet in _LACKING.get(scheme, frozenset())


def cannot(subject: str, facet: Facet) -> str:
    """'a vbox host cannot fill, read, copy or grow volumes': what to say where a facet is lacking."""
    return f"{subject} cannot {_WORDS[facet]}"
