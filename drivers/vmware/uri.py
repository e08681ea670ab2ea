"""vmware:///home/me/vmware?product=player, vmware+ssh://me@desk/home/me/vmware: where machines are."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlsplit

from drivers.base.errors import Unsupported

PRODUCTS = {"workstation": "ws", "player": "player", "fusion": "fusion"}
"""What `vmrun -T` calls them."""


@dataclass(frozen=True, slots=True)
class DesktopAddress:
    """A folder of .vmx files, on this machine or (`host` is not '') over ssh."""

    uri: str
    folder: str
    product: str = "workstation"
    host: str = ""
    user: str = ""
    port: int = 0


def parse_uri(uri: str) -> DesktopAddress:
    """What a URI means. Raises Unsupported for what makes no sense."""
    parts = urlsplit(uri)
    scheme, _, transport = parts.scheme.partition("+")
    if scheme != "vmware" or transport not in ("", "ssh"):
        raise Unsupported(f"'{uri}' is no URI of VMware's", "vmware:///FOLDER, vmware+ssh://HOST/FOLDER")
    if bool(parts.hostname) != (transport == "ssh"):
        raise Unsupported(
            f"'{uri}': a host goes with vmware+ssh, and no host with vmware", "check the slashes"
        )
    folder = posixpath.normpath(unquote(parts.path)) if parts.path.strip("/") else ""
    if not folder.startswith("/"):
        raise Unsupported(f"'{uri}' names no folder of machines", "such as vmware:///home/me/vmware")
    said = dict(parse_qsl(parts.query, keep_blank_values=True))
    product = said.pop("product", "workstation")
    if said or product not in PRODUCTS:
        raise Unsupported(f"'{uri}': of parameters there is product alone", f"it is {', '.join(PRODUCTS)}")
    try:
        port = parts.port or 0
    except ValueError as error:
        raise Unsupported(f"'{uri}' has a port that is none") from error
    return DesktopAddress(uri, folder, product, parts.hostname or "", unquote(parts.username or ""), port)
