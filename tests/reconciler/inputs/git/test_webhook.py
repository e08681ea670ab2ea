"""Webhooks are believed by their secret alone."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from reconciler.inputs.git.webhook import is_authentic

SECRET, BODY = b"It's a Secret to Everybody", b"Hello, World!"
DIGEST = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
"""Of GitHub's own documentation (Validating webhook deliveries)."""


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Hub-Signature-256": f"sha256={DIGEST}"},
        {"x-gitea-signature": DIGEST, "x-hub-signature-256": f"sha256={DIGEST}"},
        {"X-Forgejo-Signature": DIGEST},
        {"X-Gitlab-Token": SECRET.decode()},
    ],
)
def test_who_knows_the_secret_is_believed(headers: dict[str, str]) -> None:
    assert is_authentic(headers, BODY, SECRET)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Hub-Signature-256": ""},
        {"X-Hub-Signature-256": "sha256="},
        {"X-Hub-Signature-256": f"sha256={DIGEST[:-1]}0"},
        {"X-Hub-Signature-256": "sha256=\u00e9"},
        {"X-Hub-Signature": f"sha1={hmac.new(SECRET, BODY, hashlib.sha1).hexdigest()}"},
        {"X-Gitlab-Token": ""},
        {"X-Gitlab-Token": "It's"},
        {"X-Hub-Signature-256": "sha256=0", "X-Gitlab-Token": SECRET.decode()},
    ],
)
def test_nobody_else_is(headers: dict[str, str]) -> None:
    assert not is_authentic(headers, BODY, SECRET)


def test_another_body_is_not_what_was_signed() -> None:
    assert not is_authentic({"X-Hub-Signature-256": f"sha256={DIGEST}"}, BODY + b" ", SECRET)


def test_without_a_secret_nobody_is_believed() -> None:
    empty = hmac.new(b"", BODY, hashlib.sha256).hexdigest()
    assert not is_authentic({"X-Hub-Signature-256": f"sha256={empty}"}, BODY, b"")
    assert not is_authentic({"X-Gitlab-Token": ""}, BODY, b"")
