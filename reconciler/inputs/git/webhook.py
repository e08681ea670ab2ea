"""Whether a webhook's request comes from who knows the secret."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping

_SIGNATURES = ("x-hub-signature-256", "x-gitea-signature", "x-forgejo-signature", "x-gogs-signature")
"""HMAC-SHA-256 of the body, hexadecimal; GitHub writes 'sha256=' before it. Gitea and Forgejo send
GitHub's header besides their own."""

_TOKEN = "x-gitlab-token"  # noqa: S105 - a header's name
"""The secret itself, as GitLab sends it."""


def is_authentic(headers: Mapping[str, str], body: bytes, secret: bytes) -> bool:
    """Whether a request of GitHub, GitLab, Gitea or Forgejo was made with the secret. Takes as long
    whatever is wrong; without a secret nothing is authentic."""
    if not secret:
        return False
    given = {name.lower(): value for name, value in headers.items()}
    expected = hmac.new(secret, body, hashlib.sha256).hexdigest()
    signed = [given[name].removeprefix("sha256=") for name in _SIGNATURES if name in given]
    if signed:
        return all(hmac.compare_digest(each.encode(errors="replace"), expected.encode()) for each in signed)
    # Of equal length, so that the secret's own is not told either.
    token = hashlib.sha256(given.get(_TOKEN, "").encode(errors="surrogateescape")).digest()
    return hmac.compare_digest(token, hashlib.sha256(secret).digest())
