"""Which of the changes that a host tells of are this controller's own doing. Pure.

What an action does is expected to be told from its beginning until the next look at the host begins, which
sees whatever came of it: nobody else's change in the same moment is lost by that, for that look sees it too.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from drivers.base import Change, Happening
from reconciler.controller.settling import Thing
from specs.identity import Kind

_DEFINITION = frozenset({Happening.DEFINED, Happening.CONTENT})
_PART = frozenset({Happening.DEVICES, Happening.SETTINGS, Happening.DEFINED})
_RESTART = frozenset(
    {Happening.STOPPED, Happening.STARTED, Happening.RESUMED, Happening.PAUSED, Happening.REBOOTED}
)
_ANYTHING = frozenset(Happening)
_ALWAYS = frozenset({Happening.METADATA, Happening.CHANGED})
"""Our mark is written after any action."""

_TOLD: Mapping[str, frozenset[Happening]] = {
    "define": _DEFINITION,
    "adopt": _DEFINITION,
    "release": _DEFINITION,
    "rename": frozenset({Happening.DEFINED, Happening.REMOVED}),
    "undefine": frozenset({Happening.REMOVED}),
    "set-value": _DEFINITION,
    "autostart": _DEFINITION,
    "build": _DEFINITION,
    "start": frozenset({Happening.STARTED, Happening.RESUMED, Happening.PAUSED, Happening.CONTENT}),
    "stop": frozenset({Happening.STOPPED}),
    "restart": _RESTART,
    "reconfigure": _RESTART | _DEFINITION,
    "suspend": frozenset({Happening.PAUSED}),
    "resume": frozenset({Happening.RESUMED}),
    "attach": _PART,
    "detach": _PART,
    "update": _PART,
    "set-memory": _PART,
    "set-vcpus": _PART,
    "set-text": _PART,
    "tune": _PART,
    "update-network": _DEFINITION,
    "resize": _DEFINITION,
    "fill": _DEFINITION,
    "await": frozenset(),
    "migrate": _ANYTHING,
    "snapshot": frozenset({Happening.PAUSED, Happening.RESUMED}),  # its memory is kept while it stands still
    "revert": _RESTART | _DEFINITION,
    "drop-snapshot": frozenset(),
}
"""Verb → what its own doing is told as; anything else that is told of the object is somebody else's."""

_REFRESHING = frozenset({Kind.DOMAIN, Kind.VOLUME})
"""What is done to these has libvirt look through their pools again."""


class Echoes:
    """What is being done, and was done since the last look at each host."""

    def __init__(self) -> None:
        self._expected: dict[str, dict[Thing, set[Happening]]] = {}

    def acting(self, host: str, kind: Kind, names: Collection[str], verb: str) -> None:
        """Something is done to an object of a host, by all names that it has on the way."""
        expected = self._expected.setdefault(host, {})
        for name in names:
            expected.setdefault((kind, name), set()).update(_TOLD[verb] | _ALWAYS)
        if kind is Kind.VOLUME:  # some hosts do not say which
            expected.setdefault((kind, ""), set()).update(_TOLD[verb])
        if kind in _REFRESHING:
            expected.setdefault((Kind.STORAGE_POOL, ""), set()).add(Happening.CONTENT)

    def looking(self, host: str) -> None:
        """A look at the host begins: whatever is told from now on may be news."""
        self._expected.pop(host, None)

    def expects(self, host: str, change: Change) -> bool:
        """Whether a change is our own doing."""
        expected = self._expected.get(host, {})
        return any(
            change.what in expected.get((change.kind, name), ())
            for name in (change.name, *([""] if change.kind is Kind.STORAGE_POOL else ()))
        )
