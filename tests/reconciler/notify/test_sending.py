"""Messages as they leave: fit for the protocol, whatever a name holds, and no secret in what is told."""

from __future__ import annotations

import base64
import email
import json
import socket
import subprocess
from dataclasses import replace
from email.policy import default
from pathlib import Path

import pytest

from reconciler.notify import sending
from reconciler.notify.message import Message, body_of, mail_of, message_of
from reconciler.notify.sending import NotSent, Post
from specs.guard import Guard
from specs.guard.guard import SecretRules
from specs.receivers import Email, Receiver, Webhook
from specs.secret_source import SecretSource
from state.outbox import Letter, Notice
from tests.reconciler.notify.servers import mail_server, web_server
from tests.support.policy import TRUSTING

NOTICE = Notice("failed", "Domain/web", "Domain/web failed: no memory", 1_750_000_000.0, "hv1", "c0ffee")
HOSTILE = 'web"\r\nBcc: evil@example.org\r\n\r\n<!channel> \x1b[31m\u202e{{ 7 * 7 }}\ud800'
MAIL = Email(("ops@example.org", "on-call@example.org"), "fleet@example.org", "127.0.0.1", 0, "none")


def message(text: str = NOTICE.text, subject: str = NOTICE.subject) -> Message:
    return message_of(Letter(7, replace(NOTICE, text=text, subject=subject), "chat"), "shop", "1ineage")


def to_web(url: str, template: str = "") -> Receiver:
    return Receiver("chat", Webhook(SecretSource(text=url), template))


def refused(receiver: Receiver, post: Post | None = None) -> NotSent:
    with pytest.raises(NotSent) as caught:
        (post or Post(".", TRUSTING)).send(message(), receiver)
    return caught.value


# webhooks


def test_a_post_as_chats_take_it() -> None:
    with web_server() as server:
        Post(".", TRUSTING).send(message(), to_web(server.url))
    assert [json.loads(body) for body in server.bodies] == [{"text": "[shop] Domain/web failed: no memory"}]
    assert server.keys == ["1ineage-7"]


def test_a_post_by_ones_own_template() -> None:
    template = (
        '{"summary": {{ (kind ~ ": " ~ subject) | tojson }},'
        ' {% if host %}"host": {{ host | tojson }},{% endif %} "time": {{ at | tojson }},'
        ' "id": {{ id | tojson }}, "loud": {{ "true" if kind == "failed" else "false" }}}'
    )
    assert json.loads(body_of(message(), template)) == {
        "summary": "failed: Domain/web",
        "host": "hv1",
        "time": "2025-06-15 15:06:40 UTC",
        "id": "1ineage-7",
        "loud": True,
    }


@pytest.mark.parametrize(
    "template", ["", '{"text": {{ text | tojson }}}', '{"text": {{ text | slack | tojson }}}']
)
def test_hostile_names_are_text_in_a_post(template: str) -> None:
    body = body_of(message(HOSTILE, HOSTILE), template)
    said = json.loads(body)
    assert list(said) == ["text"]
    assert "\r" not in said["text"]
    assert "\x1b" not in said["text"]
    assert "\u202e" not in said["text"]
    assert "7 * 7" in said["text"]
    if "slack" in template or not template:
        assert "<!channel>" not in said["text"]


def test_what_is_too_long_is_cut() -> None:
    assert len(body_of(message("x" * 100_000), "")) < 3000


@pytest.mark.parametrize(
    ("status", "lasting"),
    [
        (400, True),
        (404, True),
        (410, True),
        (408, False),
        (429, False),
        (500, False),
        (503, False),
        (302, False),
    ],
)
def test_an_answer_that_is_no_success_is_told(status: int, lasting: bool) -> None:
    with web_server(
        statuses=[status], headers={"location": "http://127.0.0.1:1/", "retry-after": "7"}
    ) as server:
        error = refused(to_web(server.url))
    assert (str(error), error.lasting, error.wait) == (f"it answered {status}", lasting, 7.0)
    assert len(server.bodies) == 1  # nothing is followed


def test_nobody_waits_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "PATIENCE", 0.3)
    with web_server(silent=True) as server:
        assert str(refused(to_web(server.url))) == "it did not answer within 0.3 s"


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://127.0.0.1:{closed}/T0P-S3CR3T", "cannot be reached"),
        ("http://169.254.169.254/T0P-S3CR3T", "link-local"),
        ("file:///etc/passwd?T0P-S3CR3T", "does not begin with https"),
        ("http://[T0P-S3CR3T/", "reached|none"),
        ("http://a b:99999/T0P-S3CR3T", "reached|none"),
    ],
)
def test_what_cannot_be_reached_is_told_without_its_url(url: str, why: str) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        error = refused(to_web(url.format(closed=closed.getsockname()[1])))
    assert "T0P-S3CR3T" not in str(error)
    assert any(part in str(error) for part in why.split("|"))


def test_the_url_comes_from_where_the_policy_lets_it_come(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHAT_URL", "http://127.0.0.1:1/T0P-S3CR3T")
    receiver = Receiver("chat", Webhook(SecretSource(env="CHAT_URL")))
    assert "is not allowed on this controller" in str(refused(receiver, Post(str(tmp_path))))
    allowed = Guard(secrets=SecretRules(env=("CHAT_*",)))
    assert "cannot be reached" in str(refused(receiver, Post(str(tmp_path), allowed)))
    assert "not trusted" in str(refused(receiver, Post(str(tmp_path), Guard(untrusted=True))))
    monkeypatch.delenv("CHAT_URL")
    assert "CHAT_URL is not set" in str(refused(receiver, Post(str(tmp_path), allowed)))


# e-mail


def test_a_mail_arrives() -> None:
    with mail_server() as server:
        Post(".").send(message(), Receiver("mail", replace(MAIL, port=server.port)))
    assert [line for line in server.commands if line.startswith(("mail", "rcpt", "MAIL", "RCPT"))] == [
        "mail FROM:<fleet@example.org>" if line.startswith("mail") else line
        for line in server.commands
        if line.lower().startswith(("mail from:<fleet@example.org>", "rcpt to:<o"))
    ]
    (raw,) = server.mails
    mail = email.message_from_string(raw, policy=default)
    assert mail["Subject"] == "[shop] failed: Domain/web"
    assert (mail["From"], mail["To"]) == ("fleet@example.org", "ops@example.org, on-call@example.org")
    assert mail["Message-ID"] == "<1ineage-7@virt-reconcile>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert "Domain/web failed: no memory" in mail.get_content()
    assert "commit: c0ffee" in mail.get_content()


def test_hostile_names_are_text_in_a_mail() -> None:
    mail = mail_of(message(HOSTILE, HOSTILE), MAIL)
    raw = mail.as_bytes().decode()
    head, _, body = raw.partition("\r\n\r\n")
    assert [line.partition(":")[0] for line in head.split("\r\n") if not line.startswith(" ")] == [
        "Subject",
        "From",
        "To",
        "Date",
        "Message-ID",
        "Auto-Submitted",
        "Content-Type",
        "Content-Transfer-Encoding",
        "MIME-Version",
    ]
    parsed = email.message_from_string(raw, policy=default)
    assert parsed["Bcc"] is None
    assert r"\r\nBcc: evil@example.org" in parsed["Subject"].replace("\n", "")
    assert "\x1b" not in raw
    assert body


def test_a_password_is_not_sent_in_the_clear() -> None:
    secret = replace(MAIL, tls="starttls", username="me", password=SecretSource(text="T0P-S3CR3T"))
    with mail_server() as server:
        error = refused(Receiver("mail", replace(secret, port=server.port)))
    assert str(error) == "127.0.0.1 offers no starttls or no login; nothing was sent"
    assert server.mails == []
    assert "T0P-S3CR3T" not in "".join(server.commands)


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate of 127.0.0.1's own, with its key."""
    file = tmp_path / "server.pem"
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=mx"
    added = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(file), "-out", str(tmp_path / "cert")]
    subprocess.run([*command.split(), *added], check=True, capture_output=True)
    file.write_text(file.read_text() + (tmp_path / "cert").read_text())
    return file


def test_a_mail_arrives_over_tls_after_a_login(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    mine = replace(MAIL, tls="starttls", username="me", password=SecretSource(text="T0P-S3CR3T"))
    with mail_server(certificate) as server:
        Post(".").send(message(), Receiver("mail", replace(mine, port=server.port)))
    assert len(server.mails) == 1
    login = next(line for line in server.commands if line.startswith("AUTH PLAIN"))
    assert base64.b64decode(login.split()[2]) == b"\0me\0T0P-S3CR3T"


def test_a_certificate_that_nobody_vouches_for_gets_nothing(certificate: Path) -> None:
    mine = replace(MAIL, tls="starttls", username="me", password=SecretSource(text="T0P-S3CR3T"))
    with mail_server(certificate) as server:
        error = refused(Receiver("mail", replace(mine, port=server.port)))
    assert str(error) == "nobody that this machine trusts vouches for the certificate of 127.0.0.1"
    assert server.mails == []
    assert not [line for line in server.commands if line.startswith("AUTH")]


@pytest.mark.parametrize(
    ("command", "answer", "why", "lasting"),
    [
        ("RCPT", "550 no such user", "127.0.0.1 takes no mail for these addresses (550)", True),
        ("MAIL", "451 later", "127.0.0.1 answered 451", False),
        ("DATA", "554 spam", "127.0.0.1 answered 554", False),
    ],
)
def test_a_server_that_refuses_is_told(command: str, answer: str, why: str, lasting: bool) -> None:
    with mail_server(answers={command: answer}) as server:
        error = refused(Receiver("mail", replace(MAIL, port=server.port)))
    assert (str(error), error.lasting) == (why, lasting)


def test_a_server_that_is_not_there_is_told() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        error = refused(Receiver("mail", replace(MAIL, port=closed.getsockname()[1])))
    assert str(error) == "127.0.0.1 cannot be reached (ConnectionRefusedError)"
