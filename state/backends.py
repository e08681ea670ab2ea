"""Which backend keeps a state: its URL's scheme says."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from state.errors import NoSuchBackend
from state.opened import OpenState

_BACKENDS: Mapping[str, tuple[str, str]] = {
    "sqlite": ("state.sqlite", "sqlite:///PATH"),
    "postgresql": ("state.postgres", "postgresql://USER@HOST/DATABASE"),
    "postgres": ("state.postgres", "postgresql://USER@HOST/DATABASE"),
}
"""Scheme → the package that is its backend (imported when it is needed), and how its URLs look."""

_PLAIN = "sqlite"
"""The scheme of a plain path."""


class Backend(Protocol):
    """What a backend's package offers."""

    def open_state(
        self, url: str, *, readonly: bool, fleet: str, uuid: str, declares: Collection[str]
    ) -> OpenState:
        """As `state.open_state`."""

    def key_of(self, url: str, *, make: bool) -> bytes | None:
        """As `state.key_of`."""

    def file_of(self, url: str) -> Path | None:
        """As `state.file_of`."""


def open_state(
    url: str,
    *,
    readonly: bool = False,
    fleet: str = "default",
    uuid: str = "",
    declares: Collection[str] = (),
) -> OpenState:
    """Opens the state of a fleet: `sqlite:///relative.db`, `sqlite:////absolute.db` or a plain path.

    A fleet with a UUID has a state of its own beside others of its name. When it first has one, it takes
    over what is kept under its name alone, where that is of the tree that `declares` these addresses.

    Read-only, a missing state is an empty one and nothing is created; one of an earlier version is read as
    if it were of this one. Raises StateError when the state is damaged, too new, not the user's own, or
    cannot be written.
    """
    return _backend(url).open_state(url, readonly=readonly, fleet=fleet, uuid=uuid, declares=declares)


def key_of(url: str, *, make: bool = False) -> bytes | None:
    """The state's key, by which saved plans are vouched for; None when there is none, and it is not to be
    made. StateError when it, or the state, is not the user's own."""
    return _backend(url).key_of(url, make=make)


def file_of(url: str) -> Path | None:
    """The file that a state's URL names; None where a state is in no file."""
    return _backend(url).file_of(url)


def _backend(url: str) -> Backend:
    scheme = url.partition("://")[0] if "://" in url else _PLAIN
    if scheme not in _BACKENDS:
        allowed = ", ".join(dict.fromkeys(form for _, form in _BACKENDS.values()))
        raise NoSuchBackend(f"'{url}' is no state that can be opened; allowed: {allowed}")
    return cast(Backend, import_module(_BACKENDS[scheme][0]))
