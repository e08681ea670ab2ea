"""The application: its routes, behind the layers that every request passes."""

from __future__ import annotations

import asyncio

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute

from reconciler.server import health, login, metrics, pages, webhook
from reconciler.server.access import Doorkeeper
from reconciler.server.authentication import Authentication
from reconciler.server.guards import HostGuard, OriginGuard
from reconciler.server.headers import SecurityHeaders
from reconciler.server.hooks import Hooks
from reconciler.server.limits import Closing, SizeLimit
from reconciler.server.sessions import Sessions
from reconciler.server.settings import ServerSettings
from reconciler.server.webhook import WEBHOOK
from reconciler.server.words import HANDLERS, unforeseen
from state import OpenState

PUBLIC = ("/healthz", "/readyz", "/login", "/oidc/", "/static/", WEBHOOK)
"""What is shown to everybody: whether the process works, how to log in, how the page looks. A webhook is
signed."""

_MOST = 64 * 1024
_MOST_OF_A_WEBHOOK = 1024 * 1024
"""A push of many commits is large. What is larger still is found by the next fetch."""


def build_app(state: OpenState, settings: ServerSettings, hooks: Hooks) -> Starlette:
    """The application over an open state, which threads share. Handlers find these three, and `closing`
    (set when the server stops), in `request.app.state`, anew for each request: state and settings change."""
    sessions = Sessions(lambda: app.state.state.sealing_key())
    doorkeeper = Doorkeeper(settings, sessions)
    closing = asyncio.Event()
    names = (*settings.names, *([settings.oidc.host] if settings.oidc else []))
    app = Starlette(
        routes=[
            *health.routes(hooks, lambda: app.state.state),
            *metrics.routes(hooks, lambda: app.state.state, settings.late),
            *webhook.routes(hooks),
            *login.routes(doorkeeper, sessions),
            *_by_provider(settings, sessions),
            *pages.routes(),
        ],
        middleware=[
            Middleware(SecurityHeaders),
            Middleware(HostGuard, names, loopback=not settings.guarded),
            Middleware(OriginGuard, signed=(WEBHOOK,)),
            Middleware(SizeLimit, _MOST, {WEBHOOK: _MOST_OF_A_WEBHOOK}),
            Middleware(Authentication, doorkeeper, PUBLIC),
            Middleware(Closing, closing),
        ],
        exception_handlers={**HANDLERS, Exception: unforeseen},
    )
    app.state.state, app.state.settings, app.state.hooks, app.state.closing = state, settings, hooks, closing
    return app


def _by_provider(settings: ServerSettings, sessions: Sessions) -> list[BaseRoute]:
    if settings.oidc is None:
        return []
    from reconciler.server import oidc

    return oidc.routes(settings.oidc, sessions)
