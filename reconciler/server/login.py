"""Logging in and out: a browser shows its token once, and gets a cookie for it."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from reconciler.server import pages
from reconciler.server.access import Doorkeeper
from reconciler.server.forms import form, local_path
from reconciler.server.sessions import Session, Sessions

_UNKNOWN = "this token is not known here"


def routes(doorkeeper: Doorkeeper, sessions: Sessions) -> list[Route]:
    """`/login` and `/logout`."""

    async def login(request: Request) -> Response:
        if request.method != "POST":
            return pages.login(request, "", local_path(request.query_params.get("to", "/")))
        given = await form(request)
        to = local_path(given.get("to", "/"))
        token = await run_in_threadpool(doorkeeper.token, given.get("token", "").strip())
        if token is None:
            answer = pages.login(request, _UNKNOWN, to)
            answer.status_code = 401
            return answer
        answer = RedirectResponse(to, 303)
        session = Session(token.name, token.digest)
        await run_in_threadpool(sessions.write, answer, session, secure=request.url.scheme == "https")
        return answer

    async def logout(request: Request) -> Response:
        answer = RedirectResponse("/login", 303)
        sessions.end(answer)
        return answer

    return [Route("/login", login, methods=["GET", "POST"]), Route("/logout", logout, methods=["POST"])]
