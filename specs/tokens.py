"""What stands in the place of a secret value that nobody may see."""

from __future__ import annotations

import re

TOKEN = re.compile(r"\(secret:[0-9a-f]{32}\)")


def holds_token(text: str | None) -> bool:
    """Whether a value, or a piece of a document, stands for a secret."""
    return text is not None and TOKEN.search(text) is not None


def shown(text: str) -> str:
    """A text for people: tokens without their digits."""
    return TOKEN.sub("(secret)", text)
