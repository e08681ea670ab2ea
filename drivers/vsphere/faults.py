"""What a vSphere fault means: which error it is, in words that say what to do.

The names are those of the API reference's faults (vim.fault.*, vmodl.fault.*).
"""

from __future__ import annotations

from collections.abc import Mapping

from drivers.base.errors import DriverError, NotFound, Refused, Transient, Unreachable, Unsupported
from drivers.vsphere.soap import Element, child, children, kind, tag, text


class SessionLost(Unreachable):
    """The server knows our session no more (NotAuthenticated): a login, and the call goes on."""


_ERRORS: Mapping[str, type[DriverError]] = {
    "NotAuthenticated": SessionLost,
    "InvalidLogin": Unreachable,
    "InvalidLogOnHour": Unreachable,
    "PasswordExpired": Unreachable,
    "ManagedObjectNotFound": NotFound,
    "NotFound": NotFound,
    "FileNotFound": NotFound,
    "TaskInProgress": Transient,
    "ConcurrentAccess": Transient,
    "Timedout": Transient,
    "FileLocked": Transient,
    "HostCommunication": Transient,
    "HostNotConnected": Transient,
    "HostNotReachable": Transient,
    "RequestCanceled": Refused,
    "NotSupported": Unsupported,
    "NotImplemented": Unsupported,
    "MethodNotFound": Unsupported,
    "DeviceUnsupportedForVmPlatform": Unsupported,
    "DeviceHotPlugNotSupported": Refused,
    "CpuHotPlugNotSupported": Refused,
    "MemoryHotPlugNotSupported": Refused,
}
"""Everything else is Refused: the same call would fail again."""

_WORDS: Mapping[str, str] = {
    "InvalidLogin": "the name or the password is wrong",
    "PasswordExpired": "the password has expired",
    "NoPermission": "the user may not do this",
    "DuplicateName": "the name is taken",
    "AlreadyExists": "it exists already",
    "FileAlreadyExists": "the file exists already",
    "FileNotFound": "the file does not exist",
    "InvalidPowerState": "its power state does not allow it",
    "ToolsUnavailable": "VMware Tools do not run in the guest",
    "NoDiskSpace": "the datastore is full",
    "ResourceInUse": "it is in use",
    "InvalidName": "the name is not allowed",
    "ManagedObjectNotFound": "it does not exist any more",
    "MethodDisabled": "the server does not allow it now",
    "TaskInProgress": "another task is under way",
    "ConcurrentAccess": "somebody else changed it at the same time",
    "NotEnoughCpus": "the host has not as many processors",
    "MemorySizeNotSupported": "the host cannot give as much memory",
    "MemorySizeNotRecommended": "the guest cannot do with this memory",
}
_HINTS: Mapping[str, str] = {
    "InvalidLogin": "set credentials: {username: NAME, password: {env: VARIABLE}} of the Host",
    "ToolsUnavailable": "start VMware Tools in the guest, or allow force in its stop policy",
    "ConcurrentAccess": "run plan again",
}


def error_of(name: str, message: str, doing: str, details: str = "") -> DriverError:
    """The error for a fault, by its name ('InvalidPowerState') and its own message."""
    said = _WORDS.get(name, "")
    message = " ".join(message.split())
    if message and not message.startswith("*types.") and message not in said:
        said = f"{said}: {message}" if said else message
    said = said or f"fault {name}"
    whole = f"{doing}: {said}{f' ({details})' if details else ''}"
    return _ERRORS.get(name, Refused)(whole, _HINTS.get(name, ""))


def of_answer(fault: Element, doing: str) -> DriverError:
    """The error for the fault of an answer."""
    detail = next(iter(children(child(fault, "detail"))), None)
    return error_of(_name(detail), text(fault, "faultstring"), doing, _details(detail))


def of_task(error: Element, doing: str) -> DriverError:
    """The error for the fault of a task (LocalizedMethodFault)."""
    fault = child(error, "fault")
    return error_of(_name(fault), text(error, "localizedMessage"), doing, _details(fault))


def _name(fault: Element | None) -> str:
    if fault is None:
        return "RuntimeFault"
    return (kind(fault) or tag(fault)).removesuffix("Fault") if not kind(fault) else kind(fault)


def _details(fault: Element | None) -> str:
    """What a fault says beyond its name: the property, the file, the privilege."""
    told = [
        f"{name} {found}"
        for name in ("privilegeId", "property", "invalidProperty", "file", "name", "existingState")
        if (found := text(fault, name))
    ]
    return ", ".join(told)
