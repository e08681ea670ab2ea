"""libvirt's errors as ours: its own words are kept, what a person can do is added."""

from __future__ import annotations

import os
import re
import shutil

import libvirt

from drivers.base.errors import DriverError, NotFound, Refused, Transient, Unreachable, Unsupported
from drivers.base.ways import HostWay, advice
from drivers.libvirt.kinds import CALLS
from specs.identity import Kind

_MISSING = {calls.missing: kind for kind, calls in CALLS.items()}
_TRANSIENT = frozenset(
    {libvirt.VIR_ERR_OPERATION_TIMEOUT, libvirt.VIR_ERR_RESOURCE_BUSY, libvirt.VIR_ERR_AGENT_UNRESPONSIVE}
)
_PASSING = ("Unable to get accurate CPU usage",)
"""What a busy machine makes fail: qemu-img measures itself when it makes a LUKS key."""

_UNSUPPORTED = frozenset(
    {
        libvirt.VIR_ERR_NO_SUPPORT,
        libvirt.VIR_ERR_OPERATION_UNSUPPORTED,
        libvirt.VIR_ERR_ARGUMENT_UNSUPPORTED,
        libvirt.VIR_ERR_CONFIG_UNSUPPORTED,
    }
)
_UNKNOWN_FLAGS = "unsupported flags"
"""What a driver says, as of an invalid argument, to a flag that it does not know (virCheckFlags)."""

_UNREACHABLE = frozenset(
    {
        libvirt.VIR_ERR_NO_CONNECT,
        libvirt.VIR_ERR_INVALID_CONN,
        libvirt.VIR_ERR_RPC,
        libvirt.VIR_ERR_AUTH_FAILED,
        libvirt.VIR_ERR_AUTH_CANCELLED,
        libvirt.VIR_ERR_AUTH_UNAVAILABLE,
        libvirt.VIR_ERR_UNKNOWN_HOST,
        libvirt.VIR_ERR_GNUTLS_ERROR,
        libvirt.VIR_ERR_SSH,
        libvirt.VIR_ERR_LIBSSH,
    }
)
_LOST = ("client socket is closed", "Cannot write data", "End of file while reading", "connection reset",
         "Connection reset", "keepalive", "Broken pipe", "connection closed")  # fmt: skip
_UNSENT = ("Cannot write data", "client socket is closed")
_OF_THE_CONNECTION = frozenset({libvirt.VIR_FROM_RPC, libvirt.VIR_FROM_REMOTE, libvirt.VIR_FROM_NONE})

_JOIN = "join the group 'libvirt', once: sudo adduser $USER libvirt, and log in anew; or run as root"
_ROOT_SESSION = (
    "root has no session of its own: run this as whose session it is (without sudo), or use /system"
)
_HINTS = (
    ("Permission denied", "-sock", _JOIN),
    ("authentication", "", _JOIN),
    ("Connection refused", "", "is libvirtd listening there?"),
    (
        "user runtime directory",
        "",
        "XDG_RUNTIME_DIR is another user's: log in as whose session it is (sudo -iu USER), or unset it",
    ),
    ("unexpected QEMU URI path '/session'", "", _ROOT_SESSION),
    ("No more available PCI slots", "", "declare a spare <controller type='pci' model='pcie-root-port'/>"),
    (
        "Duplicate nodes",
        "migration-",
        "a copy that broke off is still attached in its QEMU (libvirt lost track of it): it can move once it"
        " was stopped and started",
    ),
    ("libxenlight failed", "", "the host's /var/log/libvirt/libxl/libxl-driver.log says why"),
    ("apparmor", "", "the host's AppArmor profile does not let the guest open that path"),
    ("network 'default' is not active", "", "declare the network default with state: active"),
    ("could not get preferred machine", "", "is QEMU installed on the host?"),
)

_SOCKET = re.compile(r"Failed to connect socket to '[^']*/(?P<name>libvirt|virt\w+d)-sock(-ro)?'")
"""What a client says of a daemon that is not there (virNetSocketNewConnectUNIX): libvirtd, or a modular one.
A hypervisor's modular daemon asks those for networks, storage, secrets and filters on our behalf."""

_ASKS = ("authentication credentials", "authentication callback", "auth credentials", "request failed",
         "credential type", "correct username/password", "SASL")  # fmt: skip
_LOGIN = "it asks for a name and a password: Host.spec.credentials says where they are read from"


def is_missing(error: libvirt.libvirtError) -> bool:
    """Whether the error means that an object does not exist."""
    return error.get_error_code() in _MISSING


def is_lost(error: libvirt.libvirtError) -> bool:
    """Whether the error means that the connection is gone."""
    message = error.get_error_message() or ""
    if error.get_error_domain() not in _OF_THE_CONNECTION:
        return False  # such as QEMU's own monitor, reset by its end
    return error.get_error_code() in _UNREACHABLE or any(sign in message for sign in _LOST)


def absent_daemon(error: libvirt.libvirtError) -> str:
    """The daemon that is not there, where that is the error; '' for any other."""
    found = _SOCKET.search(error.get_error_message() or "")
    return _daemon(found) if found else ""


def _daemon(socket: re.Match[str]) -> str:
    return "libvirtd" if socket["name"] == "libvirt" else socket["name"]


def was_unsent(error: BaseException | None) -> bool:
    """Whether a request did not leave: the daemon had gone since the last one, as the event loop saw
    (virNetClientSendInternal) or nobody yet (virNetSocketWriteWire)."""
    return isinstance(error, libvirt.libvirtError) and any(sign in str(error) for sign in _UNSENT)


def fell_silent(error: BaseException | None) -> bool:
    """Whether the host has not answered for so long that it was given up (virKeepAliveTimerInternal)."""
    return isinstance(error, libvirt.libvirtError) and "keepalive timeout" in str(error)


def translated(error: libvirt.libvirtError, about: Kind | None = None) -> DriverError:
    """The error in our terms; to be raised `from` it. What is missing is NotFound if the call was about
    that kind; another kind, such as a guest's network, is a reason to refuse."""
    code, message = error.get_error_code(), (error.get_error_message() or str(error)).strip()
    message = message.removeprefix("internal error: ")
    kind: type[DriverError] = Refused
    if code == libvirt.VIR_ERR_DEVICE_MISSING or (code in _MISSING and _is_about(_MISSING[code], about)):
        kind = NotFound
    elif code in _MISSING:
        return Refused(message, f"the {_MISSING[code]} that it refers to is not on the host")
    elif is_lost(error):
        kind = Unreachable
    elif code in _TRANSIENT or any(sign in message for sign in _PASSING):
        kind = Transient
    elif code in _UNSUPPORTED or message.startswith(_UNKNOWN_FLAGS):
        kind = Unsupported
    return kind(message, _hint(message))


def _is_about(missing: Kind, about: Kind | None) -> bool:
    return about in (None, missing) or (about is Kind.VOLUME and missing is Kind.STORAGE_POOL)


def unreachable(uri: str, error: libvirt.libvirtError) -> Unreachable:
    """A connection that could not be opened."""
    message = (error.get_error_message() or str(error)).strip()
    asked = any(sign in message for sign in _ASKS)
    found = None if asked else advice(uri, message, agent="SSH_AUTH_SOCK" in os.environ)
    if found:
        return Unreachable(f"cannot connect to {uri}: {found.why}", found.hint)
    hint = _LOGIN if asked else _not_here(uri, message) or _hint(message)
    return Unreachable(f"cannot connect to {uri}: {message}", hint)


def _not_here(uri: str, message: str) -> str:
    """What to do about a daemon of this machine that is not there; '' where it is another machine's."""
    socket = _SOCKET.search(message)
    if socket is None or "permission denied" in message.lower() or HostWay.of(uri).host or "socket=" in uri:
        return ""
    if "/session" in uri and os.geteuid() == 0:
        return _ROOT_SESSION
    daemon = _daemon(socket)
    if shutil.which(daemon, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"):
        return f"{daemon} is not running; start it, once: sudo systemctl enable --now {daemon}.socket"
    return f"{daemon} is not installed; once: sudo apt install libvirt-daemon-system qemu-system-x86"


def _hint(message: str) -> str:
    lowered = message.lower()
    socket = _SOCKET.search(message)
    if socket and "permission denied" not in lowered:
        daemon = _daemon(socket)
        return f"is {daemon} running there? (systemctl start {daemon}.socket)"
    for sign, also, hint in _HINTS:
        if sign.lower() in lowered and also.lower() in lowered:
            return hint
    return ""
