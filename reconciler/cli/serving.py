"""What `run` is asked for of its server: where it listens, and to whom."""

from __future__ import annotations

from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reconciler.cli.options import PATH, Function
from reconciler.faults import Fault

if TYPE_CHECKING:
    from reconciler.server.identityfile import Provider
    from reconciler.server.settings import ServerSettings

_OPTIONS = (
    click.option(
        "--listen",
        metavar="HOST:PORT",
        help="Serves the page, health and metrics, such as at 127.0.0.1:8411.",
    ),
    click.option(
        "--tokens",
        metavar="FILE",
        type=PATH,
        help="Who is let in: a line each, as `virt-reconcile token` writes it.",
    ),
    click.option(
        "--oidc",
        metavar="FILE",
        type=PATH,
        help="Names an OpenID provider that says who people are.",
    ),
    click.option("--operate", is_flag=True, help="Lets tokens of the role operate change what is done."),
    click.option(
        "--name",
        "names",
        multiple=True,
        metavar="NAME",
        help="A name under which people reach it; repeatable.",
    ),
    click.option(
        "--proxy",
        "proxies",
        multiple=True,
        metavar="ADDRESS",
        help="A proxy (or its network) whose X-Forwarded-* headers are believed; repeatable.",
    ),
)
_NEED_LISTEN = {
    "--tokens": "tokens",
    "--oidc": "oidc",
    "--operate": "operate",
    "--name": "names",
    "--proxy": "proxies",
}
"""Option → the name of its value."""


def serves(function: Function) -> Function:
    """For a command's function: it gets `serving`, the settings of its server, or None without --listen."""

    @wraps(function)
    def called(*args: Any, **given: Any) -> Any:
        serving = _settings(**{name: given.pop(name) for name in ("listen", *_NEED_LISTEN.values())})
        return function(*args, serving=serving, **given)

    wrapped: Function = called
    for option in reversed(_OPTIONS):
        wrapped = option(wrapped)
    return wrapped


def _settings(listen: str | None, oidc: Path | None, **given: Any) -> ServerSettings | None:
    """Checked before anything is done. Raises Fault."""
    from reconciler.server.settings import ListenAddress, ServerSettings

    if listen is None:
        for option, name in _NEED_LISTEN.items():
            if oidc if name == "oidc" else given[name]:
                raise Fault(f"{option}: nothing is served without --listen HOST:PORT")
        return None
    settings = ServerSettings(ListenAddress.parse(listen), oidc=_provider(oidc) if oidc else None, **given)
    settings.check()
    return settings


def _provider(file: Path) -> Provider:
    from reconciler.server.identityfile import read_provider

    return read_provider(file)
