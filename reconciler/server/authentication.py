"""The layer that asks who somebody is, before anything is shown."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import quote, urlencode

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from reconciler.server.access import Doorkeeper
from reconciler.server.guards import SAFE
from reconciler.server.words import refusal, wants_page
from state import StateError


class Authentication:
    """Who asks is known before anything is shown; a browser is sent to the login. What is `public` (a path,
    or all below one that ends with /) is everybody's."""

    def __init__(self, app: ASGIApp, doorkeeper: Doorkeeper, public: Collection[str]) -> None:
        self._app, self._doorkeeper, self._public = app, doorkeeper, tuple(public)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] == "http" and not self._is_public(scope["path"]):
            request = Request(scope)
            answer = await self._let_in(request)
            if answer is not None:
                await answer(scope, receive, send)
                return
        await self._app(scope, receive, send)

    async def _let_in(self, request: Request) -> Response | None:
        """Notes who asks; what is answered instead where nobody may be let in."""
        try:
            # A file is read and the state asked for its key: not in the loop that serves all.
            who = await run_in_threadpool(self._doorkeeper.who, request)
        except HTTPException as error:
            return refusal(request, error.status_code, error.detail, dict(error.headers or {}))
        except StateError:
            return refusal(request, 503, "the state cannot be read just now, and it says who is logged in")
        request.scope["visitor"] = who
        return None if who else _asked(request)

    def _is_public(self, path: str) -> bool:
        return any(path == one or (one.endswith("/") and path.startswith(one)) for one in self._public)


def _asked(request: Request) -> Response:
    if wants_page(request) and request.method in SAFE:
        query = request.scope["query_string"].decode("ascii", "replace")
        to = quote(request.scope["path"]) + (f"?{query}" if query else "")
        return RedirectResponse(f"/login?{urlencode({'to': to})}", 303)
    return refusal(
        request, 401, "say who you are: Authorization: Bearer TOKEN", {"WWW-Authenticate": "Bearer"}
    )
