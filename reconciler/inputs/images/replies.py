"""What a server's replies mean, and how its silence is told."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from reconciler.inputs.images.errors import ImageError

if TYPE_CHECKING:
    import httpx


class PassingError(Exception):
    """A fault that may pass; the text says which."""


def validator_of(response: httpx.Response) -> str:
    """What If-Range compares; a weak ETag is none (RFC 9110, 13.1.5)."""
    etag = str(response.headers.get("etag", ""))
    return etag if etag.startswith('"') else str(response.headers.get("last-modified", ""))


def continues_at(response: httpx.Response, have: int) -> int:
    """From which byte on the server sends."""
    if response.status_code != 206:
        return 0
    found = re.match(r"bytes (\d+)-", response.headers.get("content-range", ""))
    if not found or int(found[1]) != have:
        raise ImageError("the server sends another part of the file than it was asked for")
    return have


def cut_short(text: str) -> str:
    """That a download ended too early, in words."""
    found = re.search(r"received (\d+) bytes, expected (\d+)", text)
    if found:
        return f"the download was cut short: {found[1]} of {found[2]} bytes came"
    return "the server broke off"


def connection_errors() -> tuple[type[Exception], ...]:
    """What is raised when a server cannot be reached, or is no more."""
    import httpcore
    import httpx

    return httpx.TransportError, httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProxyError


def no_connection(error: Exception) -> str:
    """Why there is no connection, in words."""
    import httpcore
    import httpx

    if isinstance(error, httpx.ConnectTimeout | httpcore.ConnectTimeout):
        return "the server does not answer"
    if isinstance(error, httpx.ConnectError | httpcore.ConnectError):
        return f"no connection ({error})"
    return "the connection broke"


class Speed:
    """How fast bytes come, over spans of so many seconds."""

    def __init__(self, slowest: int, span: float) -> None:
        self._slowest, self._span = slowest, span
        self._since, self._got = time.monotonic(), 0

    def too_slow(self, got: int) -> bool:
        """Whether the span that ends with these bytes was too slow."""
        self._got += got
        now = time.monotonic()
        passed = now - self._since
        if passed < self._span:
            return False
        slow = self._got < self._slowest * passed
        self._since, self._got = now, 0
        return slow
