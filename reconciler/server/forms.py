"""Forms as browsers send them, bounded."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import Request

_FIELDS = 50
_FORM = "application/x-www-form-urlencoded"


async def form(request: Request) -> Mapping[str, str]:
    """The fields of a form, each once (the last counts). 4xx for what is none."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        raise HTTPException(415, f"a form is sent as {_FORM}")
    try:
        text = (await request.body()).decode("ascii")
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=_FIELDS, errors="strict"))
    except ValueError:
        raise HTTPException(400, "this form cannot be read") from None


def local_path(text: str) -> str:
    """A path of ours to go to, as somebody gave it; / in the place of one that leads elsewhere."""
    inside = text.startswith("/") and not text.startswith(("//", "/\\"))
    return text if inside and text.isascii() and text.isprintable() and "\\" not in text else "/"
