"""What a `hyperv:` URI says."""

from __future__ import annotations

from dataclasses import dataclass

from drivers.base.errors import Unsupported
from specs.uris import parts_of

_PORTS = {"https": 5986, "http": 5985, "ssh": 0}
"""WinRM's own (https://learn.microsoft.com/windows/win32/winrm/about-windows-remote-management); of ssh
OpenSSH's configuration says it."""


@dataclass(frozen=True, slots=True)
class HyperVAddress:
    """How a host is reached: over `https`, `http` (encrypted by the login) or `ssh`; the login `auth` is
    negotiate, kerberos, ntlm or, over https alone, basic. `verify`: whether its certificate is checked."""

    uri: str
    transport: str
    host: str
    port: int
    user: str = ""
    auth: str = "negotiate"
    verify: bool = True


def parse_uri(uri: str) -> HyperVAddress:
    """The address of `hyperv[+ssh]://[user@]host[:port][/?transport=http&auth=kerberos&no_verify=1]`.

    Raises Unsupported with what is allowed.
    """
    parts = parts_of(uri)
    if parts is None or not parts.host or parts.transport not in ("", "ssh"):
        raise Unsupported(
            f"'{uri}' names no Hyper-V host", "write hyperv://[USER@]HOST or hyperv+ssh://[USER@]HOST"
        )
    given = dict(parts.parameters)
    transport = parts.transport or given.get("transport", "https")
    auth = given.get("auth", "negotiate")
    if transport not in _PORTS:
        raise Unsupported(f"'{uri}': transport={transport} is not known", "https (the default) or http")
    if auth not in ("negotiate", "kerberos", "ntlm", "basic"):
        raise Unsupported(
            f"'{uri}': auth={auth} is not known", "negotiate (the default), kerberos, ntlm, basic"
        )
    if auth == "basic" and transport == "http":
        raise Unsupported(
            f"'{uri}': with basic over http everybody on the way reads the password", "use https"
        )
    return HyperVAddress(
        uri,
        transport,
        parts.host.strip("[]"),
        int(parts.port or _PORTS[transport]),
        parts.user,
        auth,
        given.get("no_verify") != "1",
    )
