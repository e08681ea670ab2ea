"""The application: its routes, behind the layers that every request passes."""

from __future__ import annotations

import asyncio

from starlette.applications import Starlette
from starlette.middleware import Middleware

from reconciler.server import login, pages
from reconciler.server.access import Doorkeeper
from reconciler.server.authentication import Authentication
from reconciler.server.guards import HostGuard, OriginGuard
from reconciler.server.headers import SecurityHeaders
from reconciler.server.hooks import Hooks
from reconciler.server.limits import Closing, SizeLimit
from reconciler.server.sessions import Sessions
from reconciler.server.settings import ServerSettings
from reconciler.server.words import HANDLERS, unforeseen
from state import OpenState

WEBHOOK = "/hooks/git"
PUBLIC = ("/healthz", "/readyz", "/login", "/static/", WEBHOOK)
"""What is shown to everybody: whether the process works, how to log in, how the page looks. A webhook is
signed."""

_MOST = 64 * 1024
_MOST_OF_A_WEBHOOK = 5 * 1024 * 1024
"""A push of many commits is large; GitHub sends up to 25 MB, of which a ref is all that is read."""


def build_app(state: OpenState, settings: ServerSettings, hooks: Hooks) -> Starlette:
    """The application over an open state, which threads share. Handlers find these three, and `closing`
    (set when the server stops), in `request.app.state`, anew for each request: state and settings change."""
    sessions = Sessions(lambda: app.state.state.sealing_key())
    doorkeeper = Doorkeeper(settings, sessions)
    closing = asyncio.Event()
    app = Starlette(
        routes=[*login.routes(doorkeeper, sessions), *pages.routes()],
        middleware=[
            Middleware(SecurityHeaders),
            Middleware(HostGuard, settings.names, loopback=not settings.guarded),
            Middleware(OriginGuard, signed=(WEBHOOK,)),
            Middleware(SizeLimit, _MOST, {WEBHOOK: _MOST_OF_A_WEBHOOK}),
            Middleware(Authentication, doorkeeper, PUBLIC),
            Middleware(Closing, closing),
        ],
        exception_handlers={**HANDLERS, Exception: unforeseen},
    )
    app.state.state, app.state.settings, app.state.hooks, app.state.closing = state, settings, hooks, closing
    return app
