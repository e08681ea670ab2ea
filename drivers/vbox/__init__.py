"""VirtualBox through its own VBoxManage, on this machine or by ssh: `vbox:///`, `vbox+ssh://USER@HOST/`.

What is there is read from VirtualBox's own files (`dump`, `registry`, `reading`), what is to be done is
worked out without any host (`writing`, `live`, `storing`), and VBoxManage does it (`manage`).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from drivers.base import Endpoint


def open_endpoint(
    uri: str, *, readonly: bool = False, credentials: Mapping[str, str] = MappingProxyType({})
) -> Endpoint:
    """VirtualBox on one machine, which is one host. Raises Unreachable when it does not answer or let us in,
    Unsupported for a URI that says something unknown."""
    from drivers.vbox.host import VBoxEndpoint

    return VBoxEndpoint(uri, readonly=readonly, credentials=credentials)
