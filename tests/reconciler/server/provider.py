"""A small OpenID provider of our own: whoever asks it is vera, unless a test says otherwise."""

from __future__ import annotations

import base64
import hashlib
import threading
import time
from typing import Any
from urllib.parse import urlencode

import uvicorn
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENT = "virt-reconcile"


class SmallProvider:
    """Serves at `issuer`. What it says of somebody is `claims`, and what is wrong with it `wrong`."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, parameters={"kid": "1"})
        self.stranger = RSAKey.generate_key(2048, parameters={"kid": "1"})
        self.claims: dict[str, Any] = {}
        self.told: dict[str, Any] = {}
        self.wrong = ""
        self.asked: dict[str, str] = {}
        app = Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._metadata),
                Route("/authorize", self._authorize),
                Route("/token", self._token, methods=["POST"]),
                Route("/keys", self._keys),
                Route("/userinfo", self._userinfo),
            ]
        )
        self._server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, lifespan="off", ws="none"))
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    def start(self) -> None:
        self._thread.start()
        until = time.monotonic() + 60
        while not self._server.started and time.monotonic() < until:
            time.sleep(0.01)
        port = self._server.servers[0].sockets[0].getsockname()[1]
        self.issuer = f"http://127.0.0.1:{port}"

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(60)

    def reset(self) -> None:
        self.wrong, self.told = "", {}
        self.claims = {"sub": "7", "preferred_username": "vera", "groups": ["staff"]}

    async def _metadata(self, request: Request) -> Response:
        paths = {
            "authorization_endpoint": "authorize",
            "token_endpoint": "token",
            "jwks_uri": "keys",
            "userinfo_endpoint": "userinfo",
        }
        return JSONResponse(
            {
                "issuer": self.issuer,
                "id_token_signing_alg_values_supported": ["RS256"],
                **{name: f"{self.issuer}/{path}" for name, path in paths.items()},
            }
        )

    async def _authorize(self, request: Request) -> Response:
        self.asked = dict(request.query_params)
        if self.wrong == "refused":
            answer = {"error": "access_denied", "error_description": "<b>no</b>"}
        else:
            answer = {"code": "once"}
        state = {"state": self.asked["state"]}
        return RedirectResponse(f"{self.asked['redirect_uri']}?{urlencode(answer | state)}", 302)

    async def _token(self, request: Request) -> Response:
        given = dict(pair.split("=", 1) for pair in (await request.body()).decode().split("&"))
        digest = hashlib.sha256(given.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if given["code"] != "once" or challenge != self.asked["code_challenge"]:
            return JSONResponse({"error": "invalid_grant"}, 400)
        now = int(time.time())
        claims = {
            "iss": "https://evil.example" if self.wrong == "issuer" else self.issuer,
            "aud": "somebody-else" if self.wrong == "audience" else CLIENT,
            "exp": now - 3600 if self.wrong == "expired" else now + 300,
            "iat": now,
            "nonce": "replayed" if self.wrong == "nonce" else self.asked["nonce"],
            **self.claims,
        }
        key = self.stranger if self.wrong == "key" else self.key
        token = jwt.encode({"alg": "RS256", "kid": "1"}, claims, key)
        answer = {"access_token": "a", "token_type": "Bearer", "expires_in": 300, "id_token": token}
        if self.wrong == "no id_token":
            del answer["id_token"]
        return JSONResponse(answer)

    async def _keys(self, request: Request) -> Response:
        return JSONResponse({"keys": [self.key.as_dict(private=False)]})

    async def _userinfo(self, request: Request) -> Response:
        return JSONResponse({"sub": self.claims["sub"], **self.told})
