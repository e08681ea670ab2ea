"""Runs: the list, one with its actions, and its changes as a stream that goes on where it was left."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from reconciler.server.pages.runs import run_view
from reconciler.server.tokens import Role
from tests.reconciler.server.pages.conftest import Site
from tests.reconciler.server.pages.fleet import begin
from tests.reconciler.server.pages.page import Shown

Look = Callable[[str], str]
Event = dict[str, str]


def events(text: str) -> list[Event]:
    """The events of a stream: id, event, data."""
    found = []
    for block in text.replace("\r\n", "\n").split("\n\n"):
        event: Event = {}
        for line in block.splitlines():
            key, _, value = line.partition(": ")
            event[key] = f"{event[key]}\n{value}" if key in event else value
        if event.keys() & {"data", "event"}:
            found.append(event)
    return found


def rows(found: list[Event]) -> list[str]:
    """What happened to which resource, as rows were told."""
    return [
        f"{row[0]} {row[2]}"
        for event in found
        if "event" not in event
        for row in Shown(f"<table class=x><tbody>{event['data']}</tbody></table>").rows("x")
    ]


def changes(client: TestClient, run: int, after: int, last: int | None = None) -> list[Event]:
    headers = {} if last is None else {"Last-Event-ID": str(last)}
    return events(client.get(f"/runs/{run}/changes?after={after}", headers=headers).text)


def test_runs_are_told_with_cause_commit_and_what_came_of_them(look: Look) -> None:
    newest, oldest = Shown(look("/runs")).rows("runs")
    assert (newest[0], newest[1], newest[4], newest[5]) == ("2", "▸ running", "files", "aaaaaaaaaa")
    assert (oldest[0], oldest[1], oldest[4], oldest[6]) == ("1", "✗ failed", "timer", "1 done, 1 failed")


def test_a_run_is_its_actions(look: Look, site: Site) -> None:
    page = Shown(look(f"/runs/{site.open_run}"))
    assert [row[0] for row in page.rows("actions")] == ["✓ done"] * 4 + ["▸ under way"] * 2
    assert page.texts("//p[@id='progress']") == ["4 done, 2 under way"]
    assert page.find("//noscript/meta/@content") == ["10"]


def test_a_run_that_is_over_has_no_stream(look: Look) -> None:
    page = Shown(look("/runs/1"))
    assert page.find("//meta[@http-equiv]") == []
    assert not [name for row in page.find("//tbody") for name in row.attrib if "sse" in name]


@pytest.mark.parametrize("path", ["/runs/99", "/runs/x", "/runs/-1", "/runs/99999999999999999999"])
def test_a_run_that_is_none_is_not_found(viewer: TestClient, path: str) -> None:
    assert viewer.get(path).status_code == 404


def test_a_stream_tells_what_changes_and_ends_with_the_run(own_site: Site) -> None:
    state, run = own_site.state, own_site.open_run
    after = state.last_number()

    def work() -> None:
        state.finish_action(run, "action 4", "done")
        begin(state, run, 6)
        state.finish_action(run, "action 6", "failed", "no")
        state.finish_run(run, "failed", "5 done, 1 failed")

    with own_site.client(Role.VIEW) as client:
        worker = threading.Timer(0.2, work)
        worker.start()
        told = changes(client, run, after)
        worker.join()
        assert told[-1] | {"event": "over", "data": "failed"} == told[-1]
        final = rows(told)
        assert "✓ done Domain/web-01-004" in final
        assert final[-1] == "✗ failed Domain/web-01-006"
        assert int(told[-1]["id"]) == state.last_number()


def test_a_stream_goes_on_after_the_last_event_and_never_says_one_twice(own_site: Site) -> None:
    state, run = own_site.state, own_site.open_run
    after = state.last_number()
    state.finish_action(run, "action 4", "done")
    seen = state.last_number()
    state.finish_action(run, "action 5", "done")
    state.finish_run(run, "done", "6 done")
    with own_site.client(Role.VIEW) as client:
        assert rows(changes(client, run, after)) == ["✓ done Domain/web-01-004", "✓ done Domain/web-01-005"]
        assert rows(changes(client, run, after, last=seen)) == ["✓ done Domain/web-01-005"]
        assert rows(changes(client, run, after, last=state.last_number())) == []
        assert len(rows(changes(client, run, 0))) == 6


def test_a_stream_of_a_run_that_is_none_ends_at_once(viewer: TestClient) -> None:
    assert changes(viewer, 77, 0)[-1]["event"] == "over"


@pytest.mark.parametrize("last", ["x", "-1", "9" * 40, "١"])
def test_a_last_event_that_cannot_be_is_passed_over(viewer: TestClient, last: str) -> None:
    answer = viewer.get("/runs/1/changes?after=0", headers={"Last-Event-ID": last.encode()})
    assert len(rows(events(answer.text))) == 2


def test_the_actions_of_one_outcome_are_shown_alone_and_do_not_move(look: Look, site: Site) -> None:
    page = Shown(look(f"/runs/{site.open_run}?only=under+way"))
    assert [row[0] for row in page.rows("actions")] == ["▸ under way"] * 2
    assert page.texts("//nav[@class='only']/a[@aria-current]") == ["under way"]
    assert not [name for row in page.find("//tbody") for name in row.attrib if "sse" in name]
    assert len(Shown(look(f"/runs/{site.open_run}?only=nonsense")).rows("actions")) == 6


def test_a_long_run_is_shown_in_pages_the_last_of_which_moves(own_site: Site) -> None:
    state, run = own_site.state, own_site.open_run
    for number in range(6, 206):
        begin(state, run, number)
    last, first = run_view(state, run), run_view(state, run, page=1)
    assert last is not None
    assert first is not None
    assert (last.cut.page, len(last.actions), last.moves) == (3, 6, True)
    assert (first.cut.page, len(first.actions), first.moves) == (1, 100, False)
    state.finish_run(run, "done", "")
    over = run_view(state, run)
    assert over is not None
    assert (over.cut.page, over.moves) == (1, False)
