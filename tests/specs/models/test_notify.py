"""Receivers in the Fleet: what may be said of them, and that nothing in a template costs anything."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from specs.compiling.kept import load_cached
from specs.compiling.loader import load
from specs.diagnostics import InvalidTree
from specs.models.notify import ReceiverSpec
from specs.notice_template import BadTemplate, check_template, render
from specs.receivers import Email, Receiver, Webhook
from specs.secret_source import SecretSource

CHAT: dict[str, Any] = {"name": "chat", "webhook": {"url": {"env": "VR_CHAT"}}}
MAIL: dict[str, Any] = {"name": "mail", "email": {"to": "ops@a.org", "from": "vr@a.org", "server": "mx"}}
TREE = """
apiVersion: virt-reconcile/v1
kind: Fleet
metadata: {name: shop}
spec:
  fights: {times: 3, within: 1m, backOff: 10s}
  notify:
    - name: chat
      webhook: {url: {env: VR_CHAT}, template: '{"text": {{ text | tojson }}}'}
      on: [failed, recovered]
      only: [Domain/web*, app=shop]
    - name: mail
      email: {to: ops@example.org, from: vr@example.org, server: mx, username: vr, password: {file: ../pw}}
---
apiVersion: virt-reconcile/v1
kind: Host
metadata: {name: hv1}
spec: {uri: 'sim:///nowhere'}
"""


def test_receivers_are_plain_data_and_survive_being_kept(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "fleet.yaml").write_text(TREE)
    fleet = load(tree, {}).fleet
    template = '{"text": {{ text | tojson }}}'
    password = SecretSource(file="../pw")
    assert fleet.receivers == (
        Receiver(
            "chat",
            Webhook(SecretSource(env="VR_CHAT"), template),
            ("failed", "recovered"),
            ("Domain/web*", "app=shop"),
        ),
        Receiver(
            "mail",
            Email(("ops@example.org",), "vr@example.org", "mx", 587, "starttls", "vr", password),
        ),
    )
    assert (fleet.fights.times, fleet.fights.within, fleet.fights.back_off) == (3, 60.0, 10.0)
    for _ in range(2):
        assert load_cached(tree, {}, tmp_path / "cache.json").fleet == fleet


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"name": "x"}, "either a webhook or an email"),
        (CHAT | MAIL, "either a webhook or an email"),
        (CHAT | {"on": ["exploded"]}, "failed"),
        (CHAT | {"only": ["Domian/web"]}, "did you mean 'Domain'"),
        (CHAT | {"only": "web"}, "KIND/NAME or LABEL=VALUE"),
        ({"name": "x", "webhook": {"url": "https://secret"}}, "url"),
        (
            {"name": "x", "webhook": CHAT["webhook"] | {"template": "{{ nothing }}"}},
            "a notice has no 'nothing'",
        ),
    ],
)
def test_what_is_wrong_is_said(values: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        ReceiverSpec.model_validate(values)


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"to": []}, "at least 1 item"),
        ({"to": "ops"}, "no e-mail address such as"),
        ({"to": "ops@example.org\nBcc: evil@example.org"}, "no e-mail address"),
        ({"from": "a@b, c@d"}, "no e-mail address"),
        ({"server": "mx:25"}, "its port is port:'s"),
        ({"port": 70000}, "65535"),
        ({"username": "me"}, "belong together"),
        ({"username": "me", "password": {"env": "VR_PW"}, "tls": "none"}, "could be read on the way"),
    ],
)
def test_what_is_wrong_with_a_mail_is_said(values: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        ReceiverSpec.model_validate({"name": "mail", "email": MAIL["email"] | values})


def test_two_receivers_have_two_names(tmp_path: Path) -> None:
    (tmp_path / "fleet.yaml").write_text(TREE.replace("name: mail", "name: chat"))
    with pytest.raises(InvalidTree, match="two receivers called 'chat'"):
        load(tmp_path, {})


# templates


@pytest.mark.parametrize(
    "template",
    [
        '{"a": {% for i in range(9) %}1{% endfor %}}',
        '{"a": {{ range(1000000) | tojson }}}',
        '{"a": {{ text.__class__.__mro__ | tojson }}}',
        '{"a": {{ text["x"] | tojson }}}',
        '{"a": {{ ("x" * 1000000000) | tojson }}}',
        '{"a": {{ (9 ** 9 ** 9) | tojson }}}',
        '{"a": {{ text | center(1000000000) | tojson }}}',
        '{"a": {{ text | attr("format") | tojson }}}',
        "{% macro m() %}{{ m() }}{% endmacro %}1",
        "{% set x = text %}1",
        "{% include 'x' %}1",
        '{% filter upper %}"x"{% endfilter %}',
        '{"a": {{ self | tojson }}}',
        '{"a": {{ namespace() | tojson }}}',
        '{"a": {{ text | tojson }',
        '{"a": {{ text }}}',
        "text",
        "(" * 5000,
        "{{" + "(" * 3000 + "1" + ")" * 3000 + "}}",
        "1" + " " * 20_000,
    ],
)
def test_a_template_that_does_more_than_a_notice_needs_is_refused(template: str) -> None:
    with pytest.raises(BadTemplate):
        check_template(template)


def test_a_template_has_what_a_notice_needs() -> None:
    template = (
        '{"a": {% if kind in ["failed"] and not host %}1{% else %}{{ text | upper | tojson }}{% endif %},'
        ' "b": {{ (commit | default("none") ~ "!") | tojson }}}'
    )
    check_template(template)
    values = {"text": 'a "b"', "kind": "healed", "host": "hv1", "commit": "c"}
    assert json.loads(render(template, values)) == {"a": 'A "B"', "b": "c!"}


def test_what_is_wrong_with_a_template_says_the_line() -> None:
    with pytest.raises(BadTemplate, match=r"line 2: a notice has no 'txet'; it has id, fleet, kind"):
        check_template('{"a":\n{{ txet | tojson }}}')
    with pytest.raises(BadTemplate, match=r"line 1: the filter 'center' is not allowed; allowed: d, default"):
        check_template("{{ text | center }}")
