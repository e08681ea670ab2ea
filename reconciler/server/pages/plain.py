"""Pages that stand alone, without the state: something is wrong, or somebody is to say who he is."""

from __future__ import annotations

from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response

from reconciler.server.pages.rendering import answer


def problem(request: Request, status: int, words: str) -> Response:
    """A page that says what is wrong; what may be over soon is asked for again by itself."""
    title, passing = HTTPStatus(status).phrase, status == HTTPStatus.SERVICE_UNAVAILABLE
    return answer(request, "problem.html", status, title=title, words=words, passing=passing)


def login(request: Request, words: str, to: str) -> Response:
    """The form to log in, with what was wrong the last time."""
    provider = request.app.state.settings.oidc
    return answer(request, "login.html", words=words, to=to, provider=provider.issuer if provider else "")
