"""The webhook: who signs is heard, and nobody else."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from reconciler.server.hooks import Hooks, WebhookVerdict
from reconciler.server.settings import ServerSettings
from tests.reconciler.server.conftest import Open

heard: list[tuple[Mapping[str, str], bytes]] = []


def told(verdict: WebhookVerdict) -> Hooks:
    def on_webhook(headers: Mapping[str, str], body: bytes) -> WebhookVerdict:
        heard.append((headers, body))
        return verdict

    return Hooks(on_webhook=on_webhook)


@pytest.mark.parametrize(
    ("verdict", "status", "words"),
    [
        (WebhookVerdict.ACCEPTED, 202, "accepted: it is fetched now\n"),
        (WebhookVerdict.IGNORED, 202, "ignored: it is about nothing that is followed here\n"),
        (WebhookVerdict.REFUSED, 401, "this is not signed with the secret that was agreed upon\n"),
    ],
)
def test_what_is_made_of_it_is_answered(
    open_app: Open, guarded: ServerSettings, verdict: WebhookVerdict, status: int, words: str
) -> None:
    client = open_app(guarded, told(verdict))
    answer = client.post("/hooks/git", content=b'{"ref": "x"}', headers={"X-Hub-Signature-256": "sha256=0"})
    assert (answer.status_code, answer.text) == (status, words)
    headers, body = heard.pop()
    assert body == b'{"ref": "x"}'
    assert headers["x-hub-signature-256"] == "sha256=0"


def test_where_none_is_expected_there_is_none(open_app: Open) -> None:
    answer = open_app().post("/hooks/git")
    assert (answer.status_code, answer.text) == (
        404,
        "no webhook is expected here: this controller runs without --webhook-secret\n",
    )


def test_it_may_be_larger_than_a_form_and_not_boundless(open_app: Open) -> None:
    client = open_app(hooks=told(WebhookVerdict.ACCEPTED))
    assert client.post("/hooks/git", content=b"x" * 1024 * 1024).status_code == 202
    assert client.post("/hooks/git", content=b"x" * (1024 * 1024 + 1)).status_code == 413
    assert client.get("/hooks/git").status_code == 405
    evil = {"Origin": "http://evil.example"}
    assert client.post("/hooks/git", headers=evil).status_code == 403
    assert len(heard) == 1
    heard.clear()
