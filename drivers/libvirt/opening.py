"""Opening a connection: in bounded time, with what the host asks for at the login. Nobody is ever asked
on a terminal."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from urllib.parse import parse_qsl, urlsplit

import libvirt

from drivers.base.errors import Unreachable
from drivers.libvirt import events
from drivers.libvirt.errors import unreachable

PATIENCE = 20.0
"""Seconds that a host has to let us in: a daemon that starts answers when its pools are up."""

_KEEPALIVE = (5, 3)  # seconds of silence before the host is asked, and how often before it is given up

# libvirt asks for the name and the password; a host's unknown key, too, as an ECHOPROMPT, which nobody
# here can answer.
_ASKED = {
    libvirt.VIR_CRED_AUTHNAME: "authname",
    libvirt.VIR_CRED_PASSPHRASE: "passphrase",
    libvirt.VIR_CRED_NOECHOPROMPT: "passphrase",
}


class Silent(Unreachable):
    """The host took the connection, or did not even refuse it, and then said nothing."""


def open_handle(
    uri: str, *, readonly: bool, credentials: Mapping[str, str], keepalive: tuple[int, int] | None = None
) -> libvirt.virConnect:
    """An open connection that notices within about 20 s that its host has died, or as `keepalive` says:
    seconds of silence before the host is asked, and how often before it is given up.

    Raises Silent when the host does not answer in time, Unreachable when it cannot be reached or does not
    let us in.
    """
    events.start()
    try:
        handle = _in_time(uri, lambda: _open(uri, readonly=readonly, credentials=credentials))
    except libvirt.libvirtError as error:
        raise unreachable(uri, error) from error
    with suppress(libvirt.libvirtError):  # a driver inside this process has no use for it
        handle.setKeepAlive(*(keepalive or _KEEPALIVE))
    return handle


def _open(uri: str, *, readonly: bool, credentials: Mapping[str, str]) -> libvirt.virConnect:
    if not credentials:
        return (libvirt.openReadOnly if readonly else libvirt.open)(unattended(uri))
    kinds = [kind for kind, name in _ASKED.items() if name in credentials]
    flags = libvirt.VIR_CONNECT_RO if readonly else 0
    return libvirt.openAuth(unattended(uri), [kinds, _answer, credentials], flags)


def _answer(questions: list[list[object]], credentials: Mapping[str, str]) -> int:
    """Called by libvirt: each question is [type, prompt, challenge, default, answer]."""
    for question in questions:
        value = credentials.get(_ASKED.get(question[0], ""))
        if value is None:
            return -1
        question[4] = value
    return 0


def unattended(uri: str) -> str:
    """The URI by which ssh asks for no password and no host key, unless it says `no_tty` itself."""
    parts = urlsplit(uri)
    if not parts.scheme.endswith("+ssh") or "no_tty" in dict(parse_qsl(parts.query)):
        return uri
    bare, hash_, fragment = uri.partition("#")
    return f"{bare}{'&' if parts.query else '?'}no_tty=1{hash_}{fragment}"


def _in_time(uri: str, opener: Callable[[], libvirt.virConnect]) -> libvirt.virConnect:
    """libvirt waits for ever for a daemon that is frozen. An opening that comes too late closes itself."""
    opening = _Opening(opener)
    opening.start()
    opening.join(PATIENCE)
    if opening.is_alive():
        raise Silent(f"cannot connect to {uri}: it did not answer within {PATIENCE:g} s")
    if opening.error is not None:
        raise opening.error
    assert opening.handle is not None
    return opening.handle


class _Opening(threading.Thread):
    def __init__(self, opener: Callable[[], libvirt.virConnect]) -> None:
        super().__init__(name="libvirt-open", daemon=True)
        self._opener = opener
        self.handle: libvirt.virConnect | None = None
        self.error: Exception | None = None

    def run(self) -> None:
        try:
            self.handle = self._opener()
        except Exception as error:  # noqa: BLE001 - raised by whoever waits
            self.error = error
