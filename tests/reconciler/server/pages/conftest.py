"""The application over a fleet in a real state, asked by one who may look and one who may decide."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from reconciler.server.app import build_app
from reconciler.server.hooks import Hooks
from reconciler.server.settings import ListenAddress, ServerSettings
from reconciler.server.tokens import Role, make_token
from state import OpenState
from tests.reconciler.server.pages.fleet import LATE, fleet, journal

SMALL = (6, 40)


@dataclass
class Site:
    """A fleet, its settings, and who was woken."""

    state: OpenState
    settings: ServerSettings
    tokens: dict[Role, str]
    open_run: int
    woken: list[str] = field(default_factory=list)

    @property
    def hooks(self) -> Hooks:
        return Hooks(wake=self.woken.extend)

    def client(self, role: Role) -> TestClient:
        headers = {"Authorization": f"Bearer {self.tokens[role]}", "Accept": "text/html"}
        app = build_app(self.state, self.settings, self.hooks)
        return TestClient(app, "http://127.0.0.1:8411", headers=headers, follow_redirects=False)


def site_of(state: OpenState, folder: Path) -> Site:
    made = {role: make_token(role.value, role) for role in Role}
    file = folder / "tokens"
    file.write_text("".join(f"{line}\n" for _, line in made.values()))
    file.chmod(0o600)
    settings = ServerSettings(ListenAddress("127.0.0.1", 0), file, operate=True, late=LATE, fleet="shop")
    return Site(state, settings, {role: secret for role, (secret, _) in made.items()}, journal(state))


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A small fleet, for what does not change it."""
    folder = tmp_path_factory.mktemp("site")
    with fleet(folder, *SMALL) as state:
        yield site_of(state, folder)


@pytest.fixture
def own_site(tmp_path: Path) -> Iterator[Site]:
    """A very small fleet of the test's own."""
    with fleet(tmp_path, 3, 5) as state:
        yield site_of(state, tmp_path)


@pytest.fixture(scope="session")
def viewer(site: Site) -> Iterator[TestClient]:
    with site.client(Role.VIEW) as client:
        yield client


@pytest.fixture(scope="session")
def look(viewer: TestClient) -> Callable[[str], str]:
    """The page at an address, for one who may look."""

    def looked(path: str) -> str:
        answer = viewer.get(path)
        assert answer.status_code == 200, answer.text
        return str(answer.text)

    return looked
