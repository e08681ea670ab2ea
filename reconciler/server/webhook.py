"""`POST /hooks/git`: who keeps the repository tells that there is something to fetch."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from reconciler.server.hooks import Hooks, WebhookVerdict

WEBHOOK = "/hooks/git"


def routes(hooks: Hooks) -> list[Route]:
    """The one that there is."""

    async def called(request: Request) -> Response:
        if hooks.on_webhook is None:
            raise HTTPException(
                404, "no webhook is expected here: this controller runs without --webhook-secret"
            )
        body = await request.body()
        match await run_in_threadpool(hooks.on_webhook, dict(request.headers), body):
            case WebhookVerdict.ACCEPTED:
                return PlainTextResponse("accepted: it is fetched now\n", 202)
            case WebhookVerdict.IGNORED:
                return PlainTextResponse("ignored: it is about nothing that is followed here\n", 202)
        raise HTTPException(401, "this is not signed with the secret that was agreed upon")

    return [Route(WEBHOOK, called, methods=["POST"])]
