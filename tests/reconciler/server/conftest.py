"""The application over a state that is a double, asked as a browser and as programs ask."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from starlette.testclient import TestClient

from reconciler.server.app import build_app
from reconciler.server.hooks import Hooks
from reconciler.server.settings import ListenAddress, ServerSettings
from reconciler.server.tokens import Role, make_token
from state import OpenState
from state.claims import Controller
from state.commits import CommitNote
from state.outbox import Letter
from state.standings import HostStanding

OUR = "http://127.0.0.1:8411"
SAME_SITE = {"Sec-Fetch-Site": "same-origin"}
Open = Callable[..., TestClient]


class DoubleState:
    """As much of a state as the server asks for."""

    def __init__(self) -> None:
        self.hosts: dict[str, HostStanding] = {}
        self.counts: dict[tuple[str, str, str, str], int] = {}
        self.notes: list[CommitNote] = []
        self.living: list[Controller] = []
        self.letters: list[tuple[Letter, str]] = []
        self.broken: Exception | None = None
        self.asked = 0

    def sealing_key(self) -> bytes:
        self._reached()
        return b"k" * 32

    def host_standings(self) -> dict[str, HostStanding]:
        self._reached()
        return self.hosts

    def standing_counts(self) -> dict[tuple[str, str, str, str], int]:
        self._reached()
        return self.counts

    def commits(self, limit: int = 50) -> list[CommitNote]:
        self._reached()
        return self.notes[:limit]

    def controllers(self) -> list[Controller]:
        self._reached()
        return self.living

    def undelivered(self) -> list[tuple[Letter, str]]:
        self._reached()
        return self.letters

    def _reached(self) -> None:
        self.asked += 1
        if self.broken:
            raise self.broken

    def open(self) -> OpenState:
        return cast(OpenState, self)


@pytest.fixture
def state() -> DoubleState:
    return DoubleState()


class People:
    """The tokens of a viewer and an operator, and the file in which they stand."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "tokens"
        self.viewer, self._view = make_token("vera", Role.VIEW)
        self.operator, self._operate = make_token("otto", Role.OPERATE)
        self.write(self._view, self._operate)

    def write(self, *lines: object) -> None:
        self.file.write_text("# who may what\n\n" + "".join(f"{line}\n" for line in lines))
        self.file.chmod(0o600)

    def without_operator(self) -> None:
        self.write(self._view)


@pytest.fixture
def people(tmp_path: Path) -> People:
    return People(tmp_path)


@pytest.fixture
def guarded(people: People) -> ServerSettings:
    """Listens everywhere, to those who show a token; operators may operate."""
    return ServerSettings(ListenAddress("0.0.0.0", 0), people.file, operate=True)


@pytest.fixture
def open_app(state: DoubleState) -> Iterator[Open]:
    """Makes a client of the application: `open_app(settings, hooks, token=…)`."""
    with ExitStack() as stack:

        def opened(
            settings: ServerSettings | None = None,
            hooks: Hooks | None = None,
            *,
            token: str = "",
            base_url: str = OUR,
        ) -> TestClient:
            settings = settings or ServerSettings()
            settings.check()
            app = build_app(state.open(), settings, hooks or Hooks())
            client = TestClient(app, base_url, raise_server_exceptions=False, follow_redirects=False)
            if token:
                client.headers["Authorization"] = f"Bearer {token}"
            return stack.enter_context(client)

        yield opened


def read_only(settings: ServerSettings) -> ServerSettings:
    """The same where nobody may operate."""
    return replace(settings, operate=False)
