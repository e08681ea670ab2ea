"""token: makes a token for somebody who is to look at the page, or to operate."""

from __future__ import annotations

import os
from pathlib import Path

import click

from reconciler.cli import out
from reconciler.cli.common import Common, takes
from reconciler.cli.options import PATH
from reconciler.faults import Fault


@click.command()
@takes("output")
@click.argument("name", metavar="NAME")
@click.option("--role", type=click.Choice(["view", "operate"]), required=True, help="What it lets one do.")
@click.option(
    "--tokens",
    "file",
    metavar="FILE",
    type=PATH,
    help="Who is let in: a line each, as `virt-reconcile token` writes it.",
)
def command(common: Common, name: str, role: str, file: Path | None) -> None:
    """Makes a token for the page and the API of `run`, and shows it this once: it is kept nowhere.

    NAME is whose it is. The line that lets it in holds its digest alone; it goes into the file that `run`
    has as --tokens. To take a token back, take its line out: that counts at once.
    """
    from reconciler.server.tokens import Role, make_token

    secret, token = make_token(name, Role(role))
    if file:
        _add(file, token.name, str(token))
    if common.json:
        from reconciler.report import json

        common.say_json(json.document(kind="token", name=name, role=role, line=str(token), token=secret))
        return
    if file:
        out.tell(f"'{name}' may {role}, as {file} says now; the token, shown only here:")
    else:
        out.tell(f"a line for the file of tokens (run --tokens FILE): {token}")
        out.tell("the token, shown only here:")
    out.say(secret)


def _add(file: Path, name: str, line: str) -> None:
    """Adds a line; a new file is its owner's alone."""
    from reconciler.server.tokens import read_tokens

    if file.exists() and name in read_tokens(file):
        raise Fault(
            f"{file} has a token named '{name}' already; take its line out first, or take another name"
        )
    with os.fdopen(os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600), "r+") as lines:
        begun = "" if not (text := lines.read()) or text.endswith("\n") else "\n"
        lines.write(f"{begun}{line}\n")
