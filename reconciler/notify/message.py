"""What a letter says, fit for people and for protocols: hostile names do nothing in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from specs.notice_template import FIELDS, for_slack, render
from specs.plain import plain
from specs.receivers import Email
from state.outbox import Letter

_LONGEST = 2000
"""Characters of one value: what is longer, nobody reads in a chat."""


@dataclass(frozen=True, slots=True)
class Message:
    """One letter as it is sent. `id` is the same whenever it is sent again, so that whoever gets it twice can
    drop one; `values` are the fields of templates, each of them one plain line."""

    id: str
    values: Mapping[str, str]
    at: float


def message_of(letter: Letter, fleet: str, lineage: str) -> Message:
    """What a letter says."""
    notice = letter.notice
    key = f"{lineage}-{letter.id}"
    at = datetime.fromtimestamp(notice.at, UTC)
    told = (
        *(key, fleet, notice.kind, notice.subject, notice.text, f"{at:%Y-%m-%d %H:%M:%S UTC}"),
        *(notice.host, notice.commit, notice.before, notice.after),
    )
    values = {name: plain(value, _LONGEST) for name, value in zip(FIELDS, told, strict=True)}
    return Message(key, values, notice.at)


def body_of(message: Message, template: str) -> str:
    """The JSON that is posted; without a template as Slack, Mattermost and their like take it. BadTemplate
    when the template makes none."""
    if template:
        return render(template, message.values)
    values = message.values
    return json.dumps({"text": for_slack(f"[{values['fleet']}] {values['text']}")})


def mail_of(message: Message, email: Email) -> EmailMessage:
    """The mail. Its headers hold no line end, whatever a name holds: the values are plain, and the library
    refuses others."""
    values = message.values
    mail = EmailMessage(policy=SMTP)
    mail["Subject"] = plain(f"[{values['fleet']}] {values['kind']}: {values['subject']}", 200)
    mail["From"] = email.sender
    mail["To"] = ", ".join(email.to)
    mail["Date"] = format_datetime(datetime.fromtimestamp(message.at, UTC))
    mail["Message-ID"] = f"<{message.id}@virt-reconcile>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no vacation answers
    told = (f"{name}: {values[name]}" for name in FIELDS[2:] if values[name] and name != "text")
    mail.set_content("\n".join((values["text"], "", *told, "")))
    return mail
