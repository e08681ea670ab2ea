"""The page."""

from __future__ import annotations

from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute


def routes() -> list[BaseRoute]:
    """All paths of the page."""
    return []


def problem(request: Request, status: int, words: str) -> Response:
    """A page that says what is wrong."""
    return HTMLResponse(f"<!doctype html><title>{status}</title><p>{escape(words)}</p>", status)


def login(request: Request, words: str, to: str) -> Response:
    """The form to log in, with what was wrong the last time."""
    return HTMLResponse(
        "<!doctype html><title>virt-reconcile</title>"
        f"<p>{escape(words)}</p><form method=post action=/login>"
        f"<input type=hidden name=to value='{escape(to)}'>"
        "<label>Token <input type=password name=token autocomplete=current-password></label>"
        "<button>Log in</button></form>"
    )
