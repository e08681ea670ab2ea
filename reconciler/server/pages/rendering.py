"""Templates to answers: what others wrote is escaped, kept apart from what stands beside it, and spelt."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse

from reconciler.report.past import deed
from reconciler.report.words import age, counted
from reconciler.server.pages.badges import BADGES
from specs.names import spelt
from specs.tokens import shown

FOLDER = Path(__file__).parent


def rendered(template: str, **values: Any) -> str:
    """A template, filled in."""
    return _environment().get_template(template).render(**values)


def answer(request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """A page as an answer; `root` is where the pages are mounted."""
    text = rendered(template, root=request.scope.get("root_path", ""), **values)
    return HTMLResponse(text, status, headers={"cache-control": "no-store"})


def plain(text: object) -> str:
    """What others wrote, as text in which nothing is unseen, and no secret is told from another."""
    return spelt(shown(str(text)))


def name(text: object) -> Markup:
    """What others wrote, isolated: its direction changes nothing beside it."""
    return Markup("<bdi>{}</bdi>").format(plain(text))


def lines(text: str) -> Markup:
    """A text of several lines, each of them isolated."""
    return Markup("\n").join(name(line) for line in text.splitlines())


def clock(seconds: float) -> Markup:
    """A time, for people and for machines."""
    when = datetime.fromtimestamp(seconds, UTC)
    return Markup('<time datetime="{}">{}</time>').format(
        when.isoformat(timespec="seconds"), when.strftime("%Y-%m-%d %H:%M:%S")
    )


def query(**values: object) -> str:
    """A query of those values that say something; lists give one parameter an entry."""
    return urlencode({key: value for key, value in values.items() if value}, doseq=True)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        plain=plain,
        name=name,
        lines=lines,
        clock=clock,
        age=age,
        deed=deed,
        counted=lambda n, *words: counted(n, *words),
    )
    environment.globals.update(badges=BADGES, query=query, escape=escape)
    return environment
