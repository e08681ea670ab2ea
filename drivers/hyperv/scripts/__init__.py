"""What runs on the host: small PowerShell texts, a file each, which are never put together from data.

A script is `head.ps1` (which takes what is asked, one JSON text, as its parameter) and the file of its name.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

NAMES = ("look", "host", "act", "shutdown")
"""All of them, beside their common head."""


@cache
def script(name: str) -> str:
    """The whole text of a script."""
    return "\n".join((files(__name__) / f"{part}.ps1").read_text("utf-8") for part in ("head", name))


@cache
def bootstrap() -> str:
    """What PowerShell is started with over ssh: it takes a script of ours from its standard input."""
    return (files(__name__) / "bootstrap.ps1").read_text("utf-8")
