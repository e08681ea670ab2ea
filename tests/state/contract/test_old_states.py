"""A state of an earlier version is brought up to date, and read as if it were."""

from __future__ import annotations

from pathlib import Path

import pytest

from specs.identity import Address, Kind
from state import StateError, open_state
from tests.state.contract.backends import BACKENDS, Backend
from tests.state.contract.test_journal import outcomes

VERSIONS = [(name, version) for name, backend in BACKENDS.items() for version in backend.versions]


@pytest.mark.parametrize("readonly", [True, False])
@pytest.mark.parametrize(("name", "version"), VERSIONS)
def test_nothing_is_lost(tmp_path: Path, name: str, version: int, readonly: bool) -> None:
    backend: Backend = BACKENDS[name]
    url = backend.url(tmp_path)
    backend.old(url, version)
    state = open_state(url, readonly=readonly)
    assert [str(address) for address in state.records()] == ["Domain/web"]
    assert [run.id for run in state.runs()] == [2, 1]
    assert len(state.actions(1)) == 3
    assert state.run_of("mac of a plan") == 2
    assert outcomes(state) == {
        "Domain/web": ("start", ""),
        "Domain/db": ("start", "failed"),
        "Domain/lost": ("define", ""),
    }
    assert outcomes(state, "define")["Domain/db"] == ("define", "done")
    assert state.interrupted() == {Address(Kind.DOMAIN, "lost")}
    if readonly:
        with pytest.raises(StateError):
            state.begin_run("apply", "tree")
    else:
        assert state.begin_run("apply", "tree") == 3
    state.close()
