"""Connections to web servers: only to addresses that are allowed, and within the time that there is.

A name is looked up once, the addresses are judged, and one of those is connected to: a second look-up, which
might say another thing, does not happen.
"""

from __future__ import annotations

import ipaddress
import socket
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpcore
import httpx

from reconciler.inputs.images.errors import ImageError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
PUBLIC, PRIVATE, LINK_LOCAL, LOOPBACK = range(4)
"""How close an address is to this machine: what is as close as where one begins may be led to from there."""
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_WORDS = ("a public", "a private", "a link-local", "a loopback")


def nearness(address: Address) -> int:
    """How close an address is, whatever form it is written in."""
    inner = _inside(address)
    if inner is not None:
        return nearness(inner)
    if address.is_loopback or address.is_unspecified:
        return LOOPBACK
    if address.is_link_local or address.is_multicast or address.is_reserved:
        return LINK_LOCAL
    return PUBLIC if address.is_global else PRIVATE


def _inside(address: Address) -> Address | None:
    """The IPv4 address that an IPv6 address stands for."""
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)


def look_up(host: str, port: int) -> tuple[Address, ...]:
    """The addresses of a host, in the order in which they are to be tried. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(ipaddress.ip_address(str(entry[4][0])) for entry in found))


class Forbidden(ImageError):
    """The address must not be connected to."""


@dataclass
class Reach:
    """How close the addresses may be that one download leads to. The first URL says where it begins, unless
    all of the `private` ones are allowed; nobody begins with link-local ones, where clouds keep secrets."""

    private: bool = False
    begun: int | None = None

    def choose(self, host: str, addresses: Iterable[Address]) -> tuple[Address, ...]:
        """Those that may be connected to; Forbidden when none may."""
        addresses = tuple(addresses)
        if self.private or not addresses:
            return addresses
        nearest = min(map(nearness, addresses))
        if self.begun is None:
            if nearest == LINK_LOCAL:
                raise Forbidden(f"{host} has a link-local address, from where no image is fetched")
            self.begun = nearest
        allowed = tuple(address for address in addresses if nearness(address) <= self.begun)
        if not allowed:
            raise Forbidden(
                f"it leads to {host}, {_WORDS[nearest]} address, from where this download did not begin;"
                " it is refused: write the URL that is meant, or let the controller allow private addresses"
            )
        return allowed


@dataclass
class GuardedBackend(httpcore.NetworkBackend):
    """Connects for one download: within its reach, and until its time is over."""

    reach: Reach
    deadline: float

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connects to the first of the host's allowed addresses that answers in the time that is left."""
        try:
            addresses = self.reach.choose(host, look_up(host, port))
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error
        problem: Exception = httpcore.ConnectError("it has no address")
        for address in addresses:
            try:
                made = httpcore.SyncBackend().connect_tcp(
                    str(address), port, self.left(timeout), local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                problem = error
            else:
                return _Timed(made, self)
        raise problem

    def connect_unix_socket(self, *_: Any, **__: Any) -> httpcore.NetworkStream:
        """ConnectError: no image is behind a socket of this machine."""
        raise httpcore.ConnectError("images come by TCP")

    def sleep(self, seconds: float) -> None:
        """Waits between two attempts, as the library below asks for it."""
        time.sleep(seconds)

    def left(self, timeout: float | None) -> float:
        """How long a step may take: what it asks for, or what the whole download has left."""
        left = max(self.deadline - time.monotonic(), 0.001)
        return left if timeout is None else min(left, timeout)


@dataclass
class _Timed(httpcore.NetworkStream):
    """A connection that nobody keeps longer than the download may take."""

    stream: httpcore.NetworkStream
    guard: GuardedBackend

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self._in_time()
        try:
            return self.stream.read(max_bytes, self.guard.left(timeout))
        except httpcore.ReadTimeout:
            self._in_time()
            raise

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._in_time()
        self.stream.write(buffer, self.guard.left(timeout))

    def close(self) -> None:
        self.stream.close()

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        made = self.stream.start_tls(ssl_context, server_hostname, self.guard.left(timeout))
        return _Timed(made, self.guard)

    def get_extra_info(self, info: str) -> Any:
        return self.stream.get_extra_info(info)

    def _in_time(self) -> None:
        if time.monotonic() >= self.guard.deadline:
            raise TooLong


class TooLong(Exception):
    """The time that a download may take is over."""


class Transport(httpx.BaseTransport):
    """httpx over guarded connections; its own offers no way to say what is connected to."""

    def __init__(self, guard: GuardedBackend) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=httpx.create_ssl_context(), network_backend=guard, http1=True
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Sends the request through the bounded pool; the answer's body is read piece by piece."""
        answer = self._pool.handle_request(
            httpcore.Request(
                request.method,
                httpcore.URL(
                    scheme=request.url.raw_scheme,
                    host=request.url.raw_host,
                    port=request.url.port,
                    target=request.url.raw_path,
                ),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(
            answer.status, headers=answer.headers, stream=_Body(answer), extensions=answer.extensions
        )

    def close(self) -> None:
        """Ends all connections."""
        self._pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        yield from self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()


def transport_for(url: str, guard: GuardedBackend) -> httpx.BaseTransport:
    """How a URL is reached: directly, or through the proxy that the environment names. A proxy looks names up
    by itself; what is written as an address is judged even so."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    proxy = getproxies().get(parts.scheme) or getproxies().get("all")
    if not proxy or proxy_bypass(host):
        return Transport(guard)
    with suppress(ValueError):
        guard.reach.choose(host, (ipaddress.ip_address(host),))
    return httpx.HTTPTransport(proxy=proxy if "://" in proxy else f"http://{proxy}")
