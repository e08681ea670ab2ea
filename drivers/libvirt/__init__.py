"""Any hypervisor that libvirt knows."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from drivers.base import Driver
from drivers.errors import Unsupported


def open_driver(
    uri: str, *, host: str, readonly: bool = False, credentials: Mapping[str, str] = MappingProxyType({})
) -> Driver:
    """A connection to a libvirt daemon; Unreachable when it does not answer or let us in, Unsupported
    when libvirt-python is not installed."""
    try:
        from drivers.libvirt.driver import LibvirtDriver
    except ImportError as error:
        raise Unsupported(
            f"{uri} needs libvirt-python, which is not installed ({error})",
            "install libvirt-dev and 'virt-reconcile[libvirt]'",
        ) from error
    return LibvirtDriver(uri, host, readonly=readonly, credentials=credentials)
