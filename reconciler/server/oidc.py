"""Logging in by an OpenID provider: the code flow with PKCE, by Authlib (the extra `oidc`).

What is kept meanwhile (state, nonce, verifier) is in a cookie of its own for ten minutes, signed with a key
of this process, so that the way back leads to the controller that it began at.
"""

from __future__ import annotations

import logging
import secrets
from html import escape
from typing import Any
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from reconciler.faults import Fault
from reconciler.server.forms import local_path
from reconciler.server.identityfile import Provider
from reconciler.server.sessions import BY_PROVIDER, Session, Sessions
from reconciler.server.words import refusal
from specs.plain import plain

_LOG = logging.getLogger("virt-reconcile.server")
_MINUTES = 10
_SECONDS_TO_ANSWER = 10
_NAME = ("preferred_username", "email", "sub")
"""Claims that name somebody, the most readable first."""


def routes(provider: Provider, sessions: Sessions) -> list[BaseRoute]:
    """`/oidc/start` and `/oidc/callback`. Raises Fault without the extra."""
    client = _client(provider)

    async def start(request: Request) -> Response:
        request.session["to"] = local_path(request.query_params.get("to", "/"))
        answer: Response = await client.authorize_redirect(request, f"{provider.url}/oidc/callback")
        return answer

    async def callback(request: Request) -> Response:
        claims = await _claims(client, provider, request)
        role = provider.role(claims.get(provider.claim))
        name = plain(str(next((claims[one] for one in _NAME if claims.get(one)), "somebody")), 100)
        if role is None:
            words = f"'{name}' is known, and none of the groups that '{provider.claim}' lists may look here"
            return refusal(request, 403, words)
        answer = _back(local_path(request.session.pop("to", "/")))
        secure = provider.url.startswith("https:")
        await run_in_threadpool(sessions.write, answer, Session(name, BY_PROVIDER + role), secure=secure)
        return answer

    async def told(request: Request, call: Any) -> Response:
        """Whatever goes wrong with the provider is its matter or the network's, and told in words."""
        try:
            answer: Response = await call(request)
        except Exception as error:  # noqa: BLE001 - Authlib, joserfc and httpx each have errors of their own
            _LOG.warning("login by %s failed: %s: %s", provider.issuer, type(error).__name__, error)
            to = urlencode({"to": local_path(request.session.get("to", "/"))})
            words = f"the login by {provider.issuer} failed; the log says why. Try again: /login?{to}"
            return refusal(request, 502, words)
        return answer

    async def begun(request: Request) -> Response:
        return await told(request, start)

    async def ended(request: Request) -> Response:
        return await told(request, callback)

    kept = Middleware(
        SessionMiddleware,
        secret_key=secrets.token_hex(32),
        session_cookie="virt-reconcile-oidc",
        path="/oidc",
        max_age=_MINUTES * 60,
        same_site="lax",  # the provider sends people back: that is another site's link
        https_only=provider.url.startswith("https:"),
    )
    return [Mount("/oidc", routes=[Route("/start", begun), Route("/callback", ended)], middleware=[kept])]


async def _claims(client: Any, provider: Provider, request: Request) -> dict[str, Any]:
    """What the provider says of somebody, checked: its signature, for whom, until when, and our nonce."""
    options = {
        "iss": {"essential": True, "value": provider.issuer},
        "aud": {"essential": True, "value": provider.client},
    }
    token = await client.authorize_access_token(request, claims_options=options)
    claims = dict(token["userinfo"])
    if provider.claim not in claims:
        more = dict(await client.userinfo(token=token))
        if more.get("sub") == claims["sub"]:  # OpenID Connect Core, 5.3.2: else it is somebody else's
            claims |= more
    return claims


def _back(to: str) -> HTMLResponse:
    """Leads on to our page by a page of ours: what another site's link leads to gets no strict cookie."""
    return HTMLResponse(
        f'<!doctype html><meta http-equiv="refresh" content="0;url={escape(to)}">'
        f'<title>virt-reconcile</title><p><a href="{escape(to)}">Go on</a></p>'
    )


def _client(provider: Provider) -> Any:
    try:
        from authlib.integrations.starlette_client import OAuth
    except ImportError:
        raise Fault("--oidc needs the extra of that name: pip install 'virt-reconcile[oidc]'") from None
    return OAuth().register(
        "provider",
        server_metadata_url=f"{provider.issuer}/.well-known/openid-configuration",
        client_id=provider.client,
        client_secret=provider.secret or None,
        client_kwargs={
            "scope": " ".join(provider.scopes),
            "code_challenge_method": "S256",
            "timeout": _SECONDS_TO_ANSWER,
            **({} if provider.secret else {"token_endpoint_auth_method": "none"}),
        },
    )
