"""What VBoxManage says when it fails, in our terms: its own words are kept, what a person can do is added."""

from __future__ import annotations

import re

from drivers.base.errors import DriverError, NotFound, Refused, Transient, Unreachable, Unsupported
from drivers.native.commands import CommandResult

_ERROR = re.compile(r"VBoxManage(?:\.exe)?: error: (?!Details:|Context:)(.*)")
_CODE = re.compile(r"(?:error: Details: code |\()((?:VBOX_E|NS_ERROR|E)_\w+)")

_KINDS: dict[str, type[DriverError]] = {
    "VBOX_E_OBJECT_NOT_FOUND": NotFound,
    "VBOX_E_INVALID_OBJECT_STATE": Transient,
    "VBOX_E_NOT_SUPPORTED": Unsupported,
    "E_NOTIMPL": Unsupported,
    "NS_ERROR_CALL_FAILED": Unreachable,
    "NS_ERROR_ABORT": Unreachable,
    "NS_ERROR_SOCKET_FAIL": Unreachable,
    "NS_ERROR_NOT_AVAILABLE": Unreachable,
}
"""Codes of VirtualBox's interface (src/VBox/Main/idl/VirtualBox.xidl), and of the XPCOM below it where its
service has gone. All others are refusals."""

_SIGNS: tuple[tuple[str, type[DriverError], str], ...] = (
    ("Failed to create the VirtualBox object", Unreachable, "can the user start VBoxSVC there?"),
    ("has tried to lock the machine", Transient, "it is about to start"),
    ("while it is locked", Transient, "it is about to end"),
    ("already locked", Transient, "somebody has the machine open, or it is about to end"),
    ("session is not locked", Transient, "it is about to end"),
    ("object is not ready", Transient, "it is about to end"),
    ("is not mutable", Refused, "stop it first"),
    ("vboxdrv", Refused, "is VirtualBox's kernel module loaded there?"),
    ("already exists", Refused, "something else has its name, its UUID or its file"),
)


def is_locked(error: DriverError) -> bool:
    """Whether a machine was locked by another process: nothing was done."""
    return "already locked" in error.message or "while it is locked" in error.message


def not_begun(error: DriverError) -> bool:
    """Whether VirtualBox's service did not come up in time: nothing was done, and it may be up now."""
    return "Failed to create the VirtualBox object" in error.message


def failure(result: CommandResult, about: str) -> DriverError:
    """The error of a command that failed."""
    said = _ERROR.findall(result.error)
    code = _CODE.search(result.error)
    if (not said and result.status < 0) or result.status in (137, 143, 255):
        return Unreachable(f"VBoxManage was ended while it did '{about}': nobody knows how far it came")
    message = "; ".join(dict.fromkeys(said)) or result.error or f"VBoxManage failed ({result.status})"
    kind, hint = _KINDS.get(code[1] if code else "", Refused), ""
    for sign, meant, advice in _SIGNS:
        if sign in message:
            kind, hint = meant, advice
            break
    if message.startswith("Could not find a registered machine"):
        kind = NotFound
    return kind(message, hint)


def no_vboxmanage(place: str) -> Unreachable:
    """VirtualBox is not there."""
    return Unreachable(f"there is no VBoxManage on {place}", "is VirtualBox installed there?")
