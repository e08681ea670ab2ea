"""Which backend keeps a state is said by its URL; who only knows the protocols loads none."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Collection
from pathlib import Path
from types import ModuleType

import pytest

from state import OpenState, StateError, backends, file_of, key_of, open_state


class Elsewhere(ModuleType):
    """A package that is another backend."""

    def __init__(self) -> None:
        super().__init__("elsewhere")
        self.asked: list[tuple[str, bool, str, str, Collection[str]]] = []

    def open_state(
        self, url: str, *, readonly: bool, fleet: str, uuid: str, declares: Collection[str]
    ) -> OpenState:
        self.asked.append((url, readonly, fleet, uuid, declares))
        return open_state("nowhere.db", readonly=True)

    def key_of(self, url: str, *, make: bool) -> bytes | None:
        return b"made" if make else None

    def file_of(self, url: str) -> Path | None:
        return None


def test_a_backend_is_a_package_and_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    package, url = Elsewhere(), "there://host/name"
    monkeypatch.setitem(sys.modules, "elsewhere", package)
    table = {**backends._BACKENDS, "there": ("elsewhere", "there://HOST/NAME")}
    monkeypatch.setattr(backends, "_BACKENDS", table)
    open_state(url, fleet="shop", uuid="u", declares=["Domain/web"]).close()
    assert package.asked == [(url, False, "shop", "u", ["Domain/web"])]
    assert (key_of(url), key_of(url, make=True), file_of(url)) == (None, b"made", None)
    with pytest.raises(StateError, match=r"allowed: sqlite:///PATH, .*, there://HOST/NAME"):
        open_state("thither://host")


def test_a_plain_path_is_a_file(tmp_path: Path) -> None:
    for url in (f"{tmp_path}/state.db", f"sqlite:///{tmp_path}/state.db"):
        assert file_of(url) == tmp_path / "state.db"
    assert file_of("sqlite:///state.db") == Path("state.db")
    with pytest.raises(StateError, match=r"'sqlite://state\.db' is no state that can be opened"):
        file_of("sqlite://state.db")


def test_the_protocols_load_no_backend() -> None:
    program = (
        "import sys, state; print([n for n in sys.modules if n.startswith(('sqlite3', 'psycopg')) or"
        " 'state.sqlite' in n or 'state.postgres' in n])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
