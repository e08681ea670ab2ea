"""VMware Workstation, Player and Fusion, natively: .vmx files and vmrun, on this machine or over ssh.

libvirt's driver of these keeps definitions in the client alone. Here a host is a folder of .vmx files
(`vmware:///home/me/vmware`, `vmware+ssh://desk/home/me/vmware?product=player`): `looking` reads all of them
with one command, `reading` and `writing` are pure and know nothing of hosts, `vmrun` is the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from drivers.base.errors import Unsupported
from drivers.native.commands import Commands
from drivers.vmware.host import DesktopEndpoint
from drivers.vmware.reading import read_vmx
from drivers.vmware.uri import DesktopAddress, parse_uri

__all__ = ["DesktopEndpoint", "open_endpoint", "read_vmx"]


def open_endpoint(
    uri: str, *, readonly: bool = False, credentials: Mapping[str, str] = MappingProxyType({})
) -> DesktopEndpoint:
    """The folder that a URI means. Raises Unsupported for a URI that makes no sense."""
    address = parse_uri(uri)
    return DesktopEndpoint(address, lambda: _commands(address, credentials), readonly=readonly)


def _commands(address: DesktopAddress, credentials: Mapping[str, str]) -> Commands:
    if not address.host:
        from drivers.native.local import LocalCommands

        return LocalCommands()
    try:
        from drivers.native.ssh import SshCommands
        from drivers.native.ssh_opening import SshAddress
    except ImportError as error:
        hint = "pip install 'virt-reconcile[vmware]'"
        raise Unsupported("nothing here speaks ssh", hint) from error

    return SshCommands(SshAddress(address.host, address.user, address.port), credentials)
