"""Where the server listens, and to whom: its settings, checked before anything is opened."""

from __future__ import annotations

import ipaddress
import re
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.faults import Fault

if TYPE_CHECKING:
    from reconciler.server.identityfile import Provider

PORT = 8411
_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
_FORM = "write HOST:PORT, such as 127.0.0.1:8411 or [::1]:8411"


@dataclass(frozen=True, slots=True)
class ListenAddress:
    """An address of this machine and a port; port 0 takes any that is free."""

    host: str = "127.0.0.1"
    port: int = PORT

    @classmethod
    def parse(cls, text: str) -> ListenAddress:
        """HOST:PORT. Raises Fault."""
        host, separator, port = text.rpartition(":")
        bracketed = host.startswith("[") and host.endswith("]")
        host = host[1:-1] if bracketed else host
        if not separator or not port.isascii() or not port.isdigit() or int(port) > 65535:
            raise Fault(f"--listen {text}: there is no port in it; {_FORM}")
        if host == "localhost":
            host = "127.0.0.1"
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            raise Fault(f"--listen {text}: '{host}' is no address of a machine; {_FORM}") from None
        if (address.version == 6) != bracketed:
            raise Fault(f"--listen {text}: an IPv6 address stands in brackets, another does not; {_FORM}")
        return cls(str(address), int(port))

    @property
    def loopback(self) -> bool:
        """Whether nobody outside of this machine gets there."""
        return ipaddress.ip_address(self.host).is_loopback

    @property
    def family(self) -> socket.AddressFamily:
        """IPv4 or IPv6."""
        return socket.AF_INET6 if ":" in self.host else socket.AF_INET

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """What `run` was asked for. `names` are those under which people reach it beside its own, `proxies` the
    peers (addresses or networks) whose word on the client and the scheme is taken; `late` is after how many
    seconds a host's last look is too old to be believed. `oidc` is who else says who somebody is."""

    listen: ListenAddress = ListenAddress()
    tokens: Path | None = None
    operate: bool = False
    names: tuple[str, ...] = ()
    proxies: tuple[str, ...] = ()
    oidc: Provider | None = None
    late: float = 300.0
    fleet: str = ""
    """The fleet's name; '' until a tree was read."""

    @property
    def guarded(self) -> bool:
        """Whether people have to say who they are."""
        return self.tokens is not None or self.oidc is not None

    def check(self) -> None:
        """Raises Fault for what would be open to those whom it should not be open to."""
        if not self.guarded and not self.listen.loopback:
            raise Fault(
                f"--listen {self.listen}: without --tokens anybody could read there what the fleet has; give"
                " --tokens FILE (`virt-reconcile token` makes one), or listen on 127.0.0.1 only"
            )
        if self.operate and not self.guarded:
            raise Fault(
                "--operate: without --tokens anybody on this machine could change what is done; give"
                " --tokens FILE (`virt-reconcile token NAME --role operate` makes one)"
            )
        for name in self.names:
            if not _NAME.fullmatch(name):
                raise Fault(f"--name {name}: that is no machine's name; write one such as fleet.example.org")
        for proxy in self.proxies:
            try:
                ipaddress.ip_network(proxy)
            except ValueError as error:
                raise Fault(f"--proxy {proxy}: that is no address or network: {error}") from None
