"""libvirt's errors as ours: its own words are kept, what a person can do is added."""

from __future__ import annotations

import libvirt

from drivers.errors import DriverError, NotFound, Refused, Transient, Unreachable, Unsupported

_NOT_FOUND = frozenset(
    {
        libvirt.VIR_ERR_NO_DOMAIN,
        libvirt.VIR_ERR_NO_NETWORK,
        libvirt.VIR_ERR_NO_STORAGE_POOL,
        libvirt.VIR_ERR_NO_STORAGE_VOL,
        libvirt.VIR_ERR_NO_SECRET,
        libvirt.VIR_ERR_NO_NWFILTER,
        libvirt.VIR_ERR_DEVICE_MISSING,
    }
)
_TRANSIENT = frozenset(
    {libvirt.VIR_ERR_OPERATION_TIMEOUT, libvirt.VIR_ERR_RESOURCE_BUSY, libvirt.VIR_ERR_AGENT_UNRESPONSIVE}
)
_UNSUPPORTED = frozenset(
    {
        libvirt.VIR_ERR_NO_SUPPORT,
        libvirt.VIR_ERR_OPERATION_UNSUPPORTED,
        libvirt.VIR_ERR_ARGUMENT_UNSUPPORTED,
        libvirt.VIR_ERR_CONFIG_UNSUPPORTED,
    }
)
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

_HINTS = (
    ("Permission denied", "libvirt-sock", "join the group 'libvirt', or run as root"),
    ("authentication", "", "join the group 'libvirt', run as root, or log in to the host first"),
    ("No such file or directory", "libvirt-sock", "is libvirtd running there? (systemctl start libvirtd)"),
    ("Connection refused", "", "is libvirtd listening there?"),
    ("No more available PCI slots", "", "declare a spare <controller type='pci' model='pcie-root-port'/>"),
    ("apparmor", "", "the host's AppArmor profile does not let the guest open that path"),
    ("network 'default' is not active", "", "declare the network default with state: active"),
    ("could not get preferred machine", "", "is QEMU installed on the host?"),
)


def is_lost(error: libvirt.libvirtError) -> bool:
    """Whether the error means that the connection is gone."""
    message = error.get_error_message() or ""
    return error.get_error_code() in _UNREACHABLE or any(sign in message for sign in _LOST)


def translated(error: libvirt.libvirtError) -> DriverError:
    """The error in our terms; to be raised `from` it."""
    code, message = error.get_error_code(), (error.get_error_message() or str(error)).strip()
    message = message.removeprefix("internal error: ")
    kind: type[DriverError] = Refused
    if code in _NOT_FOUND:
        kind = NotFound
    elif is_lost(error):
        kind = Unreachable
    elif code in _TRANSIENT:
        kind = Transient
    elif code in _UNSUPPORTED:
        kind = Unsupported
    return kind(message, _hint(message))


def unreachable(uri: str, error: libvirt.libvirtError) -> Unreachable:
    """A connection that could not be opened."""
    message = (error.get_error_message() or str(error)).strip()
    return Unreachable(f"cannot connect to {uri}: {message}", _hint(message))


def _hint(message: str) -> str:
    lowered = message.lower()
    for sign, also, hint in _HINTS:
        if sign.lower() in lowered and also.lower() in lowered:
            return hint
    return ""
