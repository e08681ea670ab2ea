"""Whether the process lives and its loop makes progress (`/healthz`), and can do its work (`/readyz`).

Both are everybody's: nothing that they say names a host, a guest or where the state is.
"""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from reconciler.server.hooks import Health, Hooks
from reconciler.server.latest import Latest
from specs.plain import plain
from state import OpenState, StateError

_FRESH = 1.0


def routes(hooks: Hooks, state: Callable[[], OpenState]) -> list[Route]:
    """Both of them; `state` gives the one of now."""
    reached = Latest(lambda: len(state().commits(1)), _FRESH)

    async def alive(request: Request) -> Response:
        stuck = _stuck(hooks.health())
        return PlainTextResponse(f"{stuck or 'alive'}\n", 503 if stuck else 200)

    async def ready(request: Request) -> Response:
        health = hooks.health()
        missing = [_stuck(health), await _state_missing(reached), *health.missing]
        lines = [f"not ready: {plain(one)}" for one in missing if one]
        return PlainTextResponse("\n".join(lines or ["ready"]) + "\n", 503 if lines else 200)

    return [Route("/healthz", alive), Route("/readyz", ready)]


def _stuck(health: Health) -> str:
    if not health.stuck:
        return ""
    return f"the loop has made no progress for {health.idle:.0f} s; {health.allowed:.0f} s are allowed"


async def _state_missing(reached: Latest[int]) -> str:
    try:
        await reached.get()
    except StateError:
        return "the state cannot be used; nothing is changed meanwhile"
    return ""
