"""The log: a line each, harmless whatever is in it, for people and for programs."""

from __future__ import annotations

import json
import logging

import pytest

from reconciler.cli.log_format import logging_as
from reconciler.log import log, logging_to

HOSTILE = "evil\n2026-01-01T00:00:00Z error: forged\x1b[2J\u202e\x00\x9b\ud800 {}\"' %s <b>"


def test_text_is_a_time_a_host_and_a_message() -> None:
    lines: list[str] = []
    with logging_to(lines.append):
        log("No changes.", host="hv1")
    assert len(lines) == 1
    time, _, message = lines[0].partition(" ")
    assert time.endswith("Z")
    assert len(time) == len("2026-11-23T02:56:26Z")
    assert message == "hv1: No changes."


def test_json_says_what_it_is_about() -> None:
    lines: list[str] = []
    with logging_to(lines.append, "json"):
        log("healed", event="healed", host="hv1", address="Domain/web", run=7, commit="abc")
        log("memory: 1 → 2", more={"path": "memory", "before": "1\x1b", "after": "2"})
        log("error: it is away")
        log("warning: it is old")
        log("host hv1 is away", event="unreachable")
        log("Plan: 1 to create")
    first, change, second, third, away, fourth = map(json.loads, lines)
    assert (away["level"], away["event"]) == ("warning", "unreachable")
    assert list(change) == ["time", "level", "event", "path", "before", "after", "message"]
    assert change["before"] == r"1\x1b"
    assert list(first) == ["time", "level", "event", "host", "address", "run", "commit", "message"]
    assert (first["level"], first["event"], first["run"]) == ("info", "healed", 7)
    assert (second["level"], second["event"], second["message"]) == ("error", "error", "error: it is away")
    assert third["level"] == "warning"
    assert (fourth["level"], fourth["event"]) == ("info", "note")
    assert "host" not in second


@pytest.mark.parametrize("form", ["text", "json"])
def test_what_others_wrote_is_one_harmless_line(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    with logging_as(form):
        log(HOSTILE, host=HOSTILE, address=HOSTILE, event=HOSTILE, commit=HOSTILE)
        logging.getLogger("elsewhere").warning("of a library: %s", HOSTILE)
    said = capsys.readouterr().err
    assert said.count("\n") == 2
    assert said.replace("\n", "").isprintable()
    for line in said.splitlines():
        assert "forged" in line
        if form == "json":
            assert json.loads(line)["message"].isprintable()


def test_a_long_text_is_cut() -> None:
    lines: list[str] = []
    with logging_to(lines.append, "json"):
        log("x" * 100_000, host="h" * 100_000)
    assert len(lines[0]) < 25_000
    assert json.loads(lines[0])["message"].endswith("more characters)")


def test_of_libraries_only_what_is_wrong_is_told_and_an_exception_by_its_place() -> None:
    lines: list[str] = []
    with logging_to(lines.append):
        logging.getLogger("uvicorn.error").info("Started server process [1]")
        try:
            raise RuntimeError("this is it\n")
        except RuntimeError:
            logging.getLogger("uvicorn.error").exception("Exception in ASGI application\n")
    assert len(lines) == 1
    assert "Exception in ASGI application: RuntimeError: this is it\\n at test_log.py:" in lines[0]


def test_afterwards_nothing_is_written_any_more() -> None:
    lines: list[str] = []
    with logging_to(lines.append):
        pass
    log("error: nobody listens")
    assert lines == []


def test_a_reader_that_has_left_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logging, "raiseExceptions", False)

    def gone(_: str) -> None:
        raise BrokenPipeError

    with logging_to(gone):
        log("still here")


def test_warnings_and_errors_stand_out_on_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with logging_as("text", "always"):
        log("fine")
        log("warning: it is old")
        log("error: it is away")
    fine, warning, error = capsys.readouterr().err.splitlines()
    assert "\x1b" not in fine
    assert warning.endswith("\x1b[33mwarning: it is old\x1b[0m")
    assert error.endswith("\x1b[31merror: it is away\x1b[0m")
