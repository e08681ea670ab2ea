"""What travels unprotected: connections and downloads that whoever is on the way can change."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from urllib.parse import parse_qsl, urlsplit

_UNCHECKED = {
    "no_verify": "the other end is not made sure of (no_verify)",
    "no_sanity": "the certificates are not looked at (no_sanity)",
    "known_hosts_verify": "a host key is taken as it comes (known_hosts_verify)",
}
"""Parameters of libvirt's remote URIs (https://libvirt.org/uri.html) that leave a check out."""


def unprotected(uri: str) -> Iterator[str]:
    """What a host's URI leaves open, in words."""
    try:
        parts = urlsplit(uri)
        host, given = parts.hostname or "", parse_qsl(parts.query, keep_blank_values=True)
    except ValueError:
        return
    if parts.scheme.endswith("+tcp") and not _is_here(host):
        yield (
            f"{parts.scheme} is plain TCP: whoever is on the way reads and changes what is said, and may"
            " command the host; reach it by +ssh or +tls"
        )
    for name, value in given:
        off = value in ("", "0") if name != "known_hosts_verify" else value == "normal"
        if name in _UNCHECKED and not off:
            yield f"{_UNCHECKED[name]}: whoever is on the way may stand in for it; leave the parameter out"


def plain_download(url: str, checksum: str, sums: str) -> str:
    """What is to be said of an image that comes by plain http; '' when nothing is."""
    if urlsplit(url).scheme.lower() != "http" or checksum:
        return ""
    if sums and urlsplit(sums).scheme.lower() != "http":
        return ""
    return (
        "an image by plain http without a checksum of its own: whoever is on the way decides what the guest"
        " runs; write an https URL, or its checksum (sha256:…)"
    )


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
