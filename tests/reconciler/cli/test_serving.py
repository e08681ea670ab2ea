"""The options of the server: what `run` is given of them."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from reconciler.cli.serving import serves
from reconciler.faults import Fault
from reconciler.server.settings import ListenAddress, ServerSettings

found: list[ServerSettings | None] = []


@click.command()
@serves
def command(*, serving: ServerSettings | None) -> None:
    found.append(serving)


def given(*arguments: str) -> ServerSettings | None:
    result = CliRunner().invoke(command, arguments)
    if result.exception:
        raise result.exception
    return found.pop()


def test_without_listen_nothing_is_served() -> None:
    assert given() is None


def test_all_that_can_be_said() -> None:
    assert given("--listen", "127.0.0.1:0") == ServerSettings(ListenAddress(port=0))
    assert given(
        *("--listen", "[::]:80", "--tokens", "f", "--operate", "--name", "a.example", "--proxy", "10.0.0.1")
    ) == ServerSettings(ListenAddress("::", 80), Path("f"), True, ("a.example",), ("10.0.0.1",))


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--tokens", "f"), "--tokens: nothing is served without --listen"),
        (("--oidc", "f"), "--oidc: nothing is served without --listen"),
        (("--listen", "[::1]:0", "--oidc", "/nowhere/oidc"), "/nowhere/oidc cannot be read"),
        (("--operate",), "--operate: nothing is served without --listen"),
        (("--name", "a"), "--name: nothing is served without --listen"),
        (("--proxy", "10.0.0.1"), "--proxy: nothing is served without --listen"),
        (("--listen", "here"), "write HOST:PORT"),
        (("--listen", "0.0.0.0:80"), "give --tokens FILE"),
    ],
)
def test_what_makes_no_sense_is_told_at_once(arguments: tuple[str, ...], told: str) -> None:
    with pytest.raises(Fault, match=told):
        given(*arguments)
