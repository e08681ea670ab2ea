"""Fleets of one name in one state, and one that is given a UUID."""

from __future__ import annotations

from pathlib import Path

from specs.identity import Address, Kind
from state import open_state
from state.records import RecordDocuments
from tests.state.samples import DOCUMENTS, WEB, record

U, V = "11111111-2222-4333-8444-555555555555", "99999999-2222-4333-8444-555555555555"
DB = Address(Kind.DOMAIN, "db")
OLD = Address(Kind.NETWORK, "old", "hv1")


def fill(path: Path, *addresses: Address) -> None:
    store = open_state(str(path), fleet="lab")
    for address in addresses:
        store.put(record(address), DOCUMENTS)
    store.note_origins(dict.fromkeys(addresses, "a/b.yaml"))
    store.finish_run(store.begin_run("apply", "tree"), "done", "")
    store.close()


def test_what_is_kept_under_the_name_goes_over_once(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    fill(path, WEB, DB, OLD)
    declares = {str(WEB), str(DB)}
    reader = open_state(str(path), readonly=True, fleet="lab", uuid=U, declares=declares)
    assert reader.records().keys() == {WEB, DB, OLD}
    reader.close()
    store = open_state(str(path), fleet="lab", uuid=U, declares=declares)
    assert store.records().keys() == store.origins().keys() == {WEB, DB, OLD}
    assert store.documents([WEB]) == {WEB: RecordDocuments(DOCUMENTS.declared, DOCUMENTS.readback)}
    assert len(store.runs()) == 1
    for uuid in ("", V):
        other = open_state(str(path), fleet="lab", uuid=uuid, declares=declares)
        assert not other.records()
        assert not other.runs()
        other.close()
    fill(path, WEB)
    assert store.records().keys() == {WEB, DB, OLD}
    store.close()


def test_another_trees_records_stay_where_they_are(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    fill(path, WEB, DB, OLD)
    for declares in ((), {str(WEB)}, {"Domain/else"}):
        store = open_state(str(path), fleet="lab", uuid=V, declares=declares)
        assert not store.records()
        store.close()
    store = open_state(str(path), fleet="lab")
    assert store.records().keys() == {WEB, DB, OLD}
    store.close()


def test_origins_last_as_long_as_records(tmp_path: Path) -> None:
    store = open_state(str(tmp_path / "state.db"))
    store.put(record(WEB), DOCUMENTS)
    store.note_origins({WEB: "web.yaml", DB: "db.yaml"})
    store.note_origins({WEB: "x/web.yaml"})
    assert store.origins() == {WEB: "x/web.yaml", DB: "db.yaml"}
    before = store.serial()
    store.note_origins({WEB: "x/web.yaml"})
    assert store.serial() == before
    store.forget(WEB)
    assert store.origins() == {DB: "db.yaml"}
    store.close()
