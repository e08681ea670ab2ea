"""What a `vsphere:` URI says: vsphere://[USER@]HOST[:PORT]/[DATACENTER][?cluster=…&host=…&…]."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlsplit

from drivers.base.errors import Unsupported
from specs.diagnostics import did_you_mean

_PARAMETERS = ("cluster", "host", "datastore", "folder", "no_verify", "cafile")


@dataclass(frozen=True, slots=True)
class VsphereSettings:
    """The parts of a URI. What it means is the whole datacenter, one `cluster` of it, or one `member` (an ESX
    host, which then is where its machines belong); new machines are put on `datastore`, into `folder`.
    """

    uri: str
    address: str
    port: int = 443
    user: str = ""
    datacenter: str = ""
    cluster: str = ""
    member: str = ""
    datastore: str = ""
    folder: str = ""
    verify: bool = True
    cafile: str = ""


def parse_vsphere(uri: str) -> VsphereSettings:
    """The settings of a URI. Raises Unsupported with what is allowed."""
    parts = urlsplit(uri)
    given = dict(parse_qsl(parts.query, keep_blank_values=True))
    for key in given:
        if key not in _PARAMETERS:
            raise Unsupported(f"'{uri}': unknown parameter '{key}'{did_you_mean(key, _PARAMETERS)}")
    try:
        port = parts.port or 443
    except ValueError:
        raise Unsupported(f"'{uri}': the port is no number", "write vsphere://HOST:443/DATACENTER") from None
    if not parts.hostname:
        raise Unsupported(f"'{uri}' names no host", "write vsphere://[USER@]HOST[:PORT]/[DATACENTER]")
    if parts.password is not None:
        raise Unsupported(
            "a password stands in the URI", "put it into the Host's credentials: password: {env: NAME}"
        )
    return VsphereSettings(
        uri,
        parts.hostname,
        port,
        unquote(parts.username or ""),
        unquote(parts.path.strip("/")),
        given.get("cluster", ""),
        given.get("host", ""),
        given.get("datastore", ""),
        given.get("folder", ""),
        given.get("no_verify", "0") != "1",
        given.get("cafile", ""),
    )
