"""What an `hmc:` URI says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

from drivers.base.errors import Unsupported
from specs.diagnostics import did_you_mean

_PARAMETERS = ("no_verify", "transport")


@dataclass(frozen=True, slots=True)
class ConsolePlace:
    """Where a console is, who logs on there, and which of its systems is meant ('' for the only one)."""

    uri: str
    address: str
    user: str
    password: str = field(repr=False)
    system: str = ""
    verify: bool = True


def parse_uri(uri: str, credentials: Mapping[str, str]) -> ConsolePlace:
    """The console of `hmc://[USER@]HOST[:PORT]/[MANAGED-SYSTEM][?no_verify=1]`, with who logs on there.

    `transport=http` leaves TLS away, as PowerVM's own endpoint on this machine does. Raises Unsupported with
    what is allowed."""
    parts = urlsplit(uri)
    if not parts.hostname or parts.password:
        raise Unsupported(
            f"'{uri}' names no console" if not parts.hostname else "a URI holds no password",
            "write hmc://HOST/SYSTEM or hmc://USER@HOST/SYSTEM; the password is one of the credentials",
        )
    given = dict(parse_qsl(parts.query, keep_blank_values=True))
    for key in given:
        if key not in _PARAMETERS:
            raise Unsupported(f"'{uri}': unknown parameter '{key}'{did_you_mean(key, _PARAMETERS)}")
    transport = given.get("transport", "https")
    if transport not in ("https", "http"):
        raise Unsupported(f"'{uri}': transport={transport} is not known", "allowed: https, http")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return ConsolePlace(
        uri=uri,
        address=f"{transport}://{host}" + (f":{parts.port}" if parts.port else ""),
        user=credentials.get("authname", "") or unquote(parts.username or ""),
        password=credentials.get("passphrase", ""),
        system=unquote(parts.path.strip("/")),
        verify=given.get("no_verify", "0") != "1",
    )
