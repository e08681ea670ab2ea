"""Sessions of browsers: a signed cookie, good at every controller that shares the state, kept nowhere."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from itsdangerous import URLSafeTimedSerializer
    from starlette.responses import Response

COOKIE = "virt-reconcile"
BY_PROVIDER = "by the provider, as "
"""Begins the proof of a session that an OpenID provider vouched for; the role follows it."""

LASTS = 12 * 3600
"""Seconds after which somebody has to log in anew."""


@dataclass(frozen=True, slots=True)
class Session:
    """Whose session it is, and what proves that it is still good: the digest of the token that began it,
    or that the provider vouched for the role."""

    name: str
    proof: str


class Sessions:
    """Makes and reads the cookie. `key` gives the state's sealing key, from which its own is derived."""

    def __init__(self, key: Callable[[], bytes]) -> None:
        self._key = key

    def write(self, answer: Response, session: Session, *, secure: bool) -> None:
        """Sets the cookie: no script reads it, no other site sends it; over TLS it never goes without."""
        value = self._signer().dumps([session.name, session.proof])
        answer.set_cookie(
            COOKIE, str(value), max_age=LASTS, path="/", secure=secure, httponly=True, samesite="strict"
        )

    def end(self, answer: Response) -> None:
        """Takes the cookie back."""
        answer.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")

    def read(self, cookie: str) -> Session | None:
        """The session of a cookie; None when it is not ours, or too old."""
        from itsdangerous import BadSignature

        if not cookie:
            return None
        try:
            name, proof = self._signer().loads(cookie, max_age=LASTS)
        except BadSignature:
            return None
        return Session(name, proof)

    def _signer(self) -> URLSafeTimedSerializer:
        from itsdangerous import URLSafeTimedSerializer

        derived = hmac.new(self._key(), b"sessions of the page", hashlib.sha256).digest()
        settings = {"digest_method": hashlib.sha256, "key_derivation": "hmac"}
        return URLSafeTimedSerializer(derived, salt="session", signer_kwargs=settings)
