"""A large tree is compiled by a process of its own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.cli import apart
from reconciler.cli.common import Common
from specs.compiling import kept
from specs.diagnostics import InvalidTree
from tests.reconciler.cli.lab import Lab


@pytest.fixture
def common(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Common:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(apart, "LARGE", 1)
    lab = Lab(tmp_path, capsys)
    lab.fleet()
    lab.guest("web")
    return Common(tree=lab.tree)


def test_what_it_compiled_is_loaded_from_there(common: Common, monkeypatch: pytest.MonkeyPatch) -> None:
    apart.compile_apart(common)

    def refused(*_: object) -> None:
        raise AssertionError("compiled once more")

    monkeypatch.setattr(kept, "_load", refused)
    assert len(common.desired().resources) == 1


def test_what_is_wrong_with_it_the_load_says(common: Common) -> None:
    (common.tree / "bad.yaml").write_text("kind: [")
    apart.compile_apart(common)
    with pytest.raises(InvalidTree):
        common.desired()


def test_a_small_tree_and_a_strangers_take_no_process(
    common: Common, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("subprocess.run", pytest.fail)
    apart.compile_apart(replace(common, untrusted=True))
    monkeypatch.setattr(apart, "LARGE", 10_000_000)
    apart.compile_apart(common)
