"""The name in an observed document."""

from __future__ import annotations

import re
from html import escape

_NAME = re.compile(r"<name>[^<]*</name>")
"""Of the elements of that name, an object's own comes first (virDomainDefFormatInternal)."""


def renamed(document: str, name: str) -> str:
    """The same document of an object that is called otherwise; all else that was made of its old name (paths
    of NVRAM and sockets) stays, as libvirt leaves it."""
    return _NAME.sub(lambda _: f"<name>{escape(name, quote=False)}</name>", document, count=1)
