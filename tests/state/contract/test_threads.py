"""Threads and processes that share a state."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from specs.identity import Address, Kind
from state import OpenState, open_state
from tests.state.contract.test_journal import act
from tests.state.samples import DOCUMENTS, record


def test_an_executors_threads_share_one_state(state: OpenState) -> None:
    run = state.begin_run("apply", "tree")

    def work(number: int) -> None:
        address = Address(Kind.DOMAIN, f"d{number}")
        act(state, run, "define", address)
        state.put(record(address), DOCUMENTS)
        act(state, run, "start", address, "failed" if number % 7 == 0 else "done")
        if number % 5 == 0:
            state.forget(address)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(60)))
    assert len(state.records()) == 48
    assert len(state.actions(run)) == 120
    assert state.interrupted() == frozenset()
    found = [entry.outcome for entry in state.last_outcomes().values()]
    assert (len(found), found.count("failed")) == (60, 9)


def test_readers_see_whole_records_while_another_writes(state: OpenState, url: str) -> None:
    reader = open_state(url, readonly=True)
    web = Address(Kind.DOMAIN, "web")
    state.put(record(web, declared_digest="0"), replace(DOCUMENTS, declared="0"))

    def write() -> None:
        for number in range(1, 60):
            documents = replace(DOCUMENTS, declared=str(number) * 5000)
            state.put(record(web, declared_digest=str(number)), documents)

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        while not writing.done():
            text = reader.documents([web])[web].declared
            assert text == "0" or text == text[: len(text) // 5000] * 5000
    assert reader.records() == state.records()
    reader.close()
