"""QEMU processes over a folder of JSON files: `plainqemu:///FOLDER`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from drivers.base import Endpoint


def open_endpoint(
    uri: str, *, readonly: bool = False, credentials: Mapping[str, str] = MappingProxyType({})
) -> Endpoint:
    """The one host of a folder, which asks for no credentials. Unreachable when the folder is not there."""
    from plainqemu.host import PlainEndpoint

    return PlainEndpoint(uri, readonly=readonly)
