"""What is wrong, in words: every refusal is told as one line, or as a page to a browser."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from reconciler.server.headers import SECURITY
from specs.plain import plain
from state import StateError

if TYPE_CHECKING:
    from starlette.types import ExceptionHandler

_LOG = logging.getLogger("virt-reconcile.server")

_SAID = {
    400: "the request cannot be understood",
    404: "there is nothing of this name",
    405: "that cannot be done to it",
    413: "that is too much",
}
"""Status → what is said where nobody said more. Starlette's own detail is HTTP's phrase."""

_PHRASES = {"Not Found", "Method Not Allowed", "Bad Request"}


def wants_page(request: Request) -> bool:
    """Whether a browser asks, to which a page is shown."""
    return "text/html" in request.headers.get("accept", "")


def refusal(request: Request, status: int, words: str, headers: dict[str, str] | None = None) -> Response:
    """The answer that says what is wrong; nothing in it is markup or moves a cursor."""
    if wants_page(request):
        from reconciler.server import pages

        answer = pages.problem(request, status, words)
    else:
        answer = PlainTextResponse(f"{plain(words)}\n", status)
    answer.headers.update(headers or {})
    return answer


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    words = error.detail
    if words in _PHRASES:
        words = _SAID.get(error.status_code, words)
    return refusal(request, error.status_code, words, dict(error.headers or {}))


def _without_state(request: Request, error: Exception) -> Response:
    _LOG.warning("the state cannot be read for %s: %s", request.scope["path"], error)
    return refusal(request, 503, "the state cannot be read just now; nothing is changed meanwhile")


def unforeseen(request: Request, error: Exception) -> Response:
    """For a mistake of ours: its kind is told, and where it is stands in the log. This answer passes no layer
    of ours any more, and no page is made: that may be what failed."""
    words = f"internal error ({type(error).__name__}); the log says where; please report it"
    return PlainTextResponse(f"{words}\n", 500, headers=SECURITY)


HANDLERS: dict[type[Exception], ExceptionHandler] = {HTTPException: _refused, StateError: _without_state}
"""Exception → what is answered."""
