"""What may be left alone: the fleet, a host, a resource, or what a selector finds in the state.

Whatever is written down here is read by every controller before each plan: nothing may be that they cannot
read.
"""

from __future__ import annotations

from fnmatch import fnmatchcase

from specs.identity import MANAGED_KINDS
from state.standings import Standing, Standings

FLEET = "Fleet"
_HOST = "Host/"
_KINDS = {kind.value.lower(): kind.value for kind in MANAGED_KINDS}


def subject_in(state: Standings, text: str) -> str:
    """A subject as decisions keep it, from what a person writes; ValueError where it means nothing."""
    kind, slash, name = text.partition("/")
    if text.lower() == FLEET.lower():
        return FLEET
    if kind.lower() == "host" and slash:
        if name not in state.host_standings():
            raise ValueError(f"there is no host '{name}'")
        return _HOST + name
    if "=" in kind:
        return _found(state, text, "", text)
    if kind.lower() not in _KINDS or not name:
        raise ValueError(
            f"'{text}' means nothing: write Fleet, Host/NAME, KIND/NAME (with *) such as Domain/web, or"
            " LABEL=VALUE such as app=shop"
        )
    kind = _KINDS[kind.lower()]
    return _found(state, f"{kind}/{name}", kind, max(name.split("*"), key=len))


def _found(state: Standings, subject: str, kind: str, text: str) -> str:
    """The subject, where there is something like it."""
    if not state.standings(kind=kind, text=text, limit=1):
        raise ValueError(f"'{subject}' means no resource that is known")
    return subject


def covers(subject: str, standing: Standing) -> bool:
    """Whether a decision of this subject is about a resource."""
    address = standing.address
    if subject == FLEET or subject == _HOST + standing.host or subject == str(address):
        return True
    kind, _, name = subject.partition("/")
    if "=" in kind:
        return tuple(subject.split("=", 1)) in standing.labels
    full = str(address).partition("/")[2]
    return kind == address.kind and (fnmatchcase(full, name) or fnmatchcase(full.partition("@")[0], name))
