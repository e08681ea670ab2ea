"""Sending one message by a webhook or by e-mail, within a bounded time."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.inputs.secrets import SecretError, read_text
from reconciler.notify.message import Message, body_of, mail_of
from specs.guard import Guard
from specs.notice_template import BadTemplate
from specs.receivers import Email, Receiver, Webhook

if TYPE_CHECKING:
    import smtplib
    import ssl

PATIENCE = 10.0
"""Seconds that a receiver has for one message."""

_LATER = frozenset({408, 425, 429})
"""Statuses that say 'not now' though they look like refusals."""

_LONGEST_WAIT = 3600.0


class NotSent(Exception):
    """It has not arrived; the message says why, without the URL or a password. `lasting` when the receiver
    refused this message, and may take others; `wait` is for how many seconds it wants to be left alone."""

    def __init__(self, why: str, *, lasting: bool = False, wait: float = 0.0) -> None:
        super().__init__(why)
        self.lasting, self.wait = lasting, wait


@dataclass(frozen=True, slots=True)
class Post:
    """Sends messages of a tree: `root` is its folder, `guard` what its author may have read."""

    root: str
    guard: Guard = Guard()

    def send(self, message: Message, receiver: Receiver) -> None:
        """Returns when it has arrived; raises NotSent."""
        if self.guard.untrusted:
            raise NotSent("nobody is told on behalf of a tree whose author is not trusted", lasting=True)
        try:
            if isinstance(receiver.way, Webhook):
                self._post(message, receiver.way)
            else:
                self._mail(message, receiver.way)
        except SecretError as error:
            raise NotSent(str(error)) from None
        except BadTemplate as error:
            raise NotSent(str(error), lasting=True) from None

    def _post(self, message: Message, webhook: Webhook) -> None:
        import httpcore
        import httpx

        from reconciler.inputs.images.connect import (
            Forbidden,
            GuardedBackend,
            Reach,
            TooLong,
            transport_for,
        )

        url = read_text(webhook.url, self.root, self.guard).strip()
        if not url.startswith(("https://", "http://")):
            raise NotSent("what is read as its URL does not begin with https:// or http://")
        body = body_of(message, webhook.template)
        headers = {"Content-Type": "application/json", "Idempotency-Key": message.id}
        guarded = GuardedBackend(Reach(), time.monotonic() + PATIENCE)
        try:
            with (
                httpx.Client(transport=transport_for(url, guarded), timeout=PATIENCE) as client,
                client.stream("POST", url, content=body.encode(), headers=headers) as answer,
            ):
                status, wait = answer.status_code, answer.headers.get("retry-after", "")
        except Forbidden:
            raise NotSent("it has a link-local address, to which nothing is sent") from None
        except (TooLong, httpx.TimeoutException, httpcore.TimeoutException):
            raise NotSent(f"it did not answer within {PATIENCE:g} s") from None
        except (httpx.HTTPError, httpx.InvalidURL, httpcore.ConnectError, httpcore.NetworkError) as error:
            raise NotSent(f"it cannot be reached ({type(error).__name__})") from None
        except (httpcore.ProtocolError, UnicodeError, ValueError):
            raise NotSent("it does not speak HTTP, or its URL is none") from None
        _judge(status, wait)

    def _mail(self, message: Message, email: Email) -> None:
        import smtplib
        import ssl

        mail = mail_of(message, email)
        password = read_text(email.password, self.root, self.guard) if email.password else ""
        try:
            with _server(email) as server:
                if email.tls == "starttls":
                    server.starttls(context=_tls())
                if email.password:
                    server.login(email.username, password)
                server.send_message(mail)
        except smtplib.SMTPNotSupportedError:
            raise NotSent(f"{email.server} offers no {email.tls} or no login; nothing was sent") from None
        except smtplib.SMTPAuthenticationError:
            raise NotSent(f"{email.server} does not take the user's name and password") from None
        except smtplib.SMTPRecipientsRefused as error:
            codes = ", ".join(sorted({str(code) for code, _ in error.recipients.values()}))
            raise NotSent(
                f"{email.server} takes no mail for these addresses ({codes})", lasting=True
            ) from None
        except smtplib.SMTPResponseException as error:
            raise NotSent(f"{email.server} answered {error.smtp_code}") from None
        except ssl.SSLCertVerificationError:
            raise NotSent(
                f"nobody that this machine trusts vouches for the certificate of {email.server}"
            ) from None
        except (OSError, smtplib.SMTPException, UnicodeError) as error:
            raise NotSent(f"{email.server} cannot be reached ({type(error).__name__})") from None


def _judge(status: int, wait: str) -> None:
    """Whether an answer says that it has arrived."""
    if 200 <= status < 300:
        return
    seconds = float(wait) if wait.isdecimal() and len(wait) < 8 else 0.0
    lasting = 400 <= status < 500 and status not in _LATER
    raise NotSent(f"it answered {status}", lasting=lasting, wait=min(seconds, _LONGEST_WAIT))


def _server(email: Email) -> smtplib.SMTP:
    """A connection to the mail server; its time-out is that of each step."""
    import smtplib

    if email.tls == "tls":
        return smtplib.SMTP_SSL(email.server, email.port, timeout=PATIENCE, context=_tls())
    return smtplib.SMTP(email.server, email.port, timeout=PATIENCE)


def _tls() -> ssl.SSLContext:
    import ssl

    return ssl.create_default_context()
