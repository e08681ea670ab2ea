"""Any hypervisor that libvirt knows."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from drivers.base import Endpoint
from drivers.base.errors import Unsupported


def open_endpoint(
    uri: str, *, readonly: bool = False, credentials: Mapping[str, str] = MappingProxyType({})
) -> Endpoint:
    """A connection to a libvirt daemon, which holds one host; Unreachable when it does not answer or let us
    in, Unsupported when libvirt-python is not installed."""
    try:
        from drivers.libvirt.host import LibvirtEndpoint
    except ImportError as error:
        raise Unsupported(
            f"{uri} needs libvirt-python, which is not installed ({error})",
            "install libvirt-dev and 'virt-reconcile[libvirt]'",
        ) from error
    return LibvirtEndpoint(uri, readonly=readonly, credentials=credentials)
