"""What a stranger's page could have made a browser send is refused.

All layers are plain ASGI, so that what streams passes through them unbuffered.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Collection

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from reconciler.server.words import refusal

SAFE = ("GET", "HEAD", "OPTIONS")
"""Methods that change nothing."""

_HOST = re.compile(r"(?:([A-Za-z0-9._-]+)|\[([0-9A-Fa-f:.]+)\])(?::\d{1,5})?")
"""A Host header: a name or an address, and a port. Anything else would become part of our own URLs."""


class HostGuard:
    """Only names that are ours: a stranger's name that was bent to this address (DNS rebinding) is refused.

    An address in the place of a name cannot be bent, so that it is let through."""

    def __init__(self, app: ASGIApp, names: Collection[str], *, loopback: bool) -> None:
        own = () if loopback else (socket.gethostname(),)
        self._names = {name.lower().rstrip(".") for name in ("localhost", *own, *names)}
        self._app, self._loopback = app, loopback

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] == "http" and not self._ours(Headers(scope=scope).get("host", "")):
            words = "this server is not known under that name; --name NAME tells it one more"
            await refusal(Request(scope), 421, words)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _ours(self, host: str) -> bool:
        found = _HOST.fullmatch(host)
        name = (found[1] or found[2]).lower().rstrip(".") if found else ""
        if name in self._names:
            return True
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return False
        return address.is_loopback or not self._loopback


class OriginGuard:
    """What changes something comes from our own pages, or from a program that shows its token.

    Browsers say where a request comes from (Sec-Fetch-Site, before it Origin), and scripts of other sites
    cannot set either. Without both it is no browser of today: then a cookie is no proof of anybody's will."""

    def __init__(self, app: ASGIApp, signed: Collection[str] = ()) -> None:
        self._app, self._signed = app, frozenset(signed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] == "http" and scope["method"] not in SAFE:
            request = Request(scope)
            if not self._allowed(request):
                words = "this request comes from another site, or does not say where from; nothing was done"
                await refusal(request, 403, words)(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _allowed(self, request: Request) -> bool:
        site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
        if site is not None:
            return site == "same-origin"
        if origin is not None:
            return origin == f"{request.url.scheme}://{request.headers.get('host', '')}"
        bearer = request.headers.get("authorization", "").lower().startswith("bearer ")
        return bearer or request.scope["path"] in self._signed
