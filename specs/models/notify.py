"""Who is told of what comes to pass: a part of the Fleet."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from specs.models.base import Int, Model, Name, Text, as_list
from specs.models.secret import Value
from specs.notice_template import BadTemplate, check_template
from specs.receivers import Email, NoticeKind, Receiver, Tls, Webhook
from specs.selectors import Selector

_ADDRESS = re.compile(r"[^\s@,;:<>()\[\]\\\"]{1,64}@[A-Za-z0-9._-]{1,255}", re.ASCII)
_SERVER = re.compile(r"[A-Za-z0-9._-]+|\[?[0-9A-Fa-f:]+\]?", re.ASCII)
_PORTS: dict[Tls, int] = {"starttls": 587, "tls": 465, "none": 25}


def _address(value: str) -> str:
    if not _ADDRESS.fullmatch(value):
        raise ValueError(f"'{value}' is no e-mail address such as ops@example.org")
    return value


def _server(value: str) -> str:
    if not _SERVER.fullmatch(value):
        raise ValueError(f"'{value}' is no name or address of a mail server; its port is port:'s")
    return value


def _template(value: str) -> str:
    try:
        check_template(value)
    except BadTemplate as error:
        raise ValueError(str(error)) from None
    except ModuleNotFoundError:
        raise ValueError(
            "a template needs Jinja2, which is not installed: pip install 'virt-reconcile[server]'"
        ) from None
    return value


def _selector(value: str) -> str:
    Selector.parse(value)
    return value


MailAddress = Annotated[Text, AfterValidator(_address)]


class WebhookSpec(Model):
    """A URL that notices are posted to."""

    url: Value = Field(description="Where the URL is read from; whoever has it can write there.")
    template: Annotated[Text, AfterValidator(_template)] | None = Field(
        default=None,
        description="The body, JSON with {{ text | tojson }} and the like; by default as Slack takes it.",
    )

    def way(self) -> Webhook:
        """The webhook as plain data."""
        return Webhook(self.url.source(), self.template or "")


class EmailSpec(Model):
    """Addresses that notices are sent to."""

    to: Annotated[list[MailAddress], BeforeValidator(as_list), Field(min_length=1)] = Field(
        description="Who gets them."
    )
    sender: MailAddress = Field(alias="from", description="The address that they come from.")
    server: Annotated[Text, AfterValidator(_server)] = Field(description="The mail server's name.")
    port: Annotated[Int, Field(ge=1, le=65535)] | None = Field(
        default=None, description="Its port; by default 587, 465 with tls, 25 with none."
    )
    tls: Tls = Field(
        default="starttls", description="How the connection is encrypted; the certificate must be right."
    )
    username: Text | None = Field(default=None, description="The user's name there.")
    password: Value | None = Field(default=None, description="Where the password is read from.")

    @model_validator(mode="after")
    def _both_and_hidden(self) -> EmailSpec:
        if (self.username is None) is not (self.password is None):
            raise ValueError("username and password belong together")
        if self.password is not None and self.tls == "none":
            raise ValueError("with tls: none the password could be read on the way: use starttls or tls")
        return self

    def way(self) -> Email:
        """The addresses as plain data."""
        return Email(
            tuple(self.to),
            self.sender,
            self.server.strip("[]"),
            self.port or _PORTS[self.tls],
            self.tls,
            self.username or "",
            self.password.source() if self.password else None,
        )


class ReceiverSpec(Model):
    """One who is told."""

    name: Name = Field(description="What it is called in logs and on the page.")
    webhook: WebhookSpec | None = Field(default=None, description="By a POST to a URL.")
    email: EmailSpec | None = Field(default=None, description="By e-mail.")
    on: Annotated[list[NoticeKind], BeforeValidator(as_list)] = Field(
        default=[], description="Of what; of everything by default."
    )
    only: Annotated[list[Annotated[Text, AfterValidator(_selector)]], BeforeValidator(as_list)] = Field(
        default=[],
        description="Of which resources, as --only has them: KIND/NAME or LABEL=VALUE; hosts and commits are"
        " told of all the same.",
    )

    @model_validator(mode="after")
    def _one_way(self) -> ReceiverSpec:
        if (self.webhook is None) is (self.email is None):
            raise ValueError("a receiver has either a webhook or an email")
        return self

    def receiver(self) -> Receiver:
        """The receiver as plain data."""
        told = self.webhook or self.email
        assert told is not None
        return Receiver(self.name, told.way(), tuple(self.on), tuple(self.only))
