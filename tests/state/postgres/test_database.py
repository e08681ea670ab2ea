"""What a database of several processes has to get right: order, restarts, and what it cannot hold."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import psycopg

from state import open_state
from state.postgres.connecting import connect
from state.postgres.state import PostgresState
from state.postgres.url import place_of
from tests.state.contract.test_journal import act
from tests.state.samples import DOCUMENTS, WEB, record
from tests.support.postgres import empty_state, session_postgres


def test_who_follows_the_journal_misses_nothing_of_slow_writers() -> None:
    url = empty_state()
    state = open_state(url)
    run = state.begin_run("run", "tree")
    act(state, run, "start")
    known = state.last_number()
    with psycopg.connect(url) as slow:  # it has its number, and commits later
        slow.execute("UPDATE virt_reconcile.actions SET number = virt_reconcile.next_number()")
        act(state, run, "stop")
        assert state.changes_after(known) == []
        slow.commit()
        verbs = [entry.verb for entry in state.changes_after(known)]
    assert verbs == ["start", "stop"]
    state.close()


def test_numbers_grow_also_where_a_dump_was_restored() -> None:
    url = empty_state()
    state = open_state(url)
    run = state.begin_run("run", "tree")
    act(state, run, "start")
    with psycopg.connect(url, autocommit=True) as restored:
        restored.execute("UPDATE virt_reconcile.actions SET number = number + 1000000")
    known = state.actions(run)[0].number
    state.close()
    again = open_state(url)
    act(again, run, "stop")
    assert [entry.verb for entry in again.changes_after(known)] == ["stop"]
    again.close()


def test_a_restart_of_the_database_is_not_noticed() -> None:
    server, url = session_postgres(), empty_state()
    state = open_state(url)
    with state.writer("apply"):
        run = state.begin_run("apply", "tree")
        server.restart()
        act(state, run, "start")
        state.put(record(), DOCUMENTS)
        server.restart()
        assert list(state.records()) == [WEB]
        act(state, run, "stop")
    assert [entry.outcome for entry in state.actions(run)] == ["done", "done"]
    state.close()


def test_a_longer_outage_is_waited_for() -> None:
    server, state = session_postgres(), open_state(empty_state())
    assert isinstance(state, PostgresState)
    run = state.begin_run("apply", "tree")
    server.stop()
    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(act, state, run, "start")
        while state.database._connections().get_stats().get("connections_errors", 0) < 2:
            time.sleep(0.01)
        server.start()
        writing.result()
    assert [entry.outcome for entry in state.actions(run)] == ["done"]
    state.close()


def test_text_that_it_cannot_hold_is_written_without_it() -> None:
    state = open_state(empty_state())
    run = state.begin_run("apply", "tree \udcff")
    state.begin_action(run, "a", str(WEB), "start")
    state.finish_action(run, "a", "failed", "it said \0 <script>\x1b[31m")
    assert state.actions(run)[0].message == "it said \N{REPLACEMENT CHARACTER} <script>\x1b[31m"
    assert state.runs()[0].tree == "tree ?"
    state.close()


def test_a_process_that_is_stopped_amid_a_transaction_holds_nobody_up_for_long() -> None:
    with connect(place_of(empty_state())) as connection:
        found = connection.execute("SHOW idle_in_transaction_session_timeout").fetchone()
        assert found == ("2s",)
