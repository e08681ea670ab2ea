"""What was begun and ended later is not ours any more: a move overwrites no stranger's volume."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from drivers.contract.complete import open_complete
from specs.identity import Address, Kind
from state import OpenState, open_state
from tests.reconciler.execute.fleet import Fleet
from tests.state.samples import DOCUMENTS, record

DISK = Address(Kind.VOLUME, "ledger.img", "two", "images")
STRANGERS = "<volume><name>ledger.img</name><capacity>1048576</capacity></volume>"


@pytest.fixture(scope="module")
def placed(tmp_path_factory: pytest.TempPathFactory) -> Fleet:
    """All guests where they are before they move; nothing of ours is at their destinations."""
    fleet = Fleet(tmp_path_factory.mktemp("placed"), apart=True)
    fleet.place(moved=False)
    assert fleet.apply() == 0, fleet.log
    return fleet


def another_run(store: OpenState, outcome: str) -> None:
    run = store.begin_run("apply", "tree")
    store.begin_action(run, f"define {DISK}", str(DISK), "define")
    store.finish_action(run, f"define {DISK}", outcome)
    store.finish_run(run, outcome, "")


def recorded(store: OpenState) -> None:
    store.put(record(DISK), DOCUMENTS)
    store.forget(DISK)


ENDS: dict[str, Callable[[OpenState], None]] = {
    "a later success": lambda store: another_run(store, "done"),
    "a later failure that was seen": lambda store: another_run(store, "failed"),
    "a record that was dropped": recorded,
    "its removal": lambda store: store.forget(DISK),
}


@pytest.mark.parametrize("end", ["none", *ENDS])
def test_a_strangers_volume_where_once_something_was_interrupted(
    placed: Fleet, tmp_path: Path, end: str
) -> None:
    fleet = placed.again(tmp_path / "fleet")
    store = open_state(str(fleet.folder / "state.db"), fleet="shop")
    with closing(store):
        killed = store.begin_run("apply", "tree")
        store.begin_action(killed, f"define {DISK}", str(DISK), "define")
        if end in ENDS:
            ENDS[end](store)
    driver = open_complete(f"sim://{fleet.folder}/{fleet.files['two']}?host=two", host="two")
    with closing(driver):
        driver.lifecycle.define(Kind.VOLUME, "images/ledger.img", STRANGERS)
    fleet.place(moved=True)
    fleet.plan()
    refused = "a volume images/ledger.img is on two already and is not ours" in fleet.log
    assert refused is (end != "none"), fleet.log
