"""Microsoft Hyper-V: `hyperv://[USER@]HOST[:PORT]` by PowerShell remoting, `hyperv+ssh://` by ssh.

What runs on the host are the few scripts of `scripts/`, which are data to nobody: they are sent as they are
shipped, and what they are to do is handed to them as JSON. `look` tells of everything in one pass, `act` does
one cmdlet after another.

| file | subject |
| --- | --- |
| `psrp`, `remote` | the two ways to a host's PowerShell; `link` keeps sessions of either |
| `told`, `reading` | what a host tells, as canonical values |
| `writing`, `changing` | canonical values as cmdlets; both directions are pure |
| `machines`, `holdings` | what the facets do with machines, and with switches, pools and disks |
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from drivers.base import Endpoint
from drivers.base.errors import Unsupported


def open_endpoint(
    uri: str, *, readonly: bool = False, credentials: Mapping[str, str] = MappingProxyType({})
) -> Endpoint:
    """A host, which logs in at the first call. Raises Unreachable when it does not answer or let us in,
    Unsupported for a URI that says something unknown, or where a library is missing."""
    from drivers.hyperv.host import HyperVEndpoint, shell_opener
    from drivers.hyperv.uri import parse_uri

    address = parse_uri(uri)
    try:
        return HyperVEndpoint(address, shell_opener(address, credentials), readonly=readonly)
    except ImportError as error:
        raise Unsupported(
            f"{uri} needs a library that is not installed ({error})", "install 'virt-reconcile[hyperv]'"
        ) from error
