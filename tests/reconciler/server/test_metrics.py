"""Metrics: the names that are promised, nothing of guests, and nothing green that was not looked at."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from reconciler.counting import Counters
from reconciler.server.hooks import Health, Hooks
from reconciler.server.metricnames import METRICS, PREFIX
from reconciler.server.settings import ServerSettings
from state import StateError
from state.claims import Controller
from state.commits import CommitNote, CommitStatus
from state.outbox import Letter, Notice
from state.standings import HostStanding
from tests.reconciler.server.conftest import DoubleState, Open, People
from tests.support.promtool import promtool

OURS = {f"{PREFIX}{name}" for name in METRICS}


@pytest.fixture
def fleet(state: DoubleState) -> DoubleState:
    """hv1 was just looked at, hv2 an hour ago, hv3 never; hv2 is nobody's."""
    now = time.time()
    state.hosts = {
        "hv1": HostStanding("hv1", "sim:1", looked=now),
        "hv2": HostStanding("hv2", "sim:2", looked=now - 3600),
        "hv3": HostStanding("hv3", "sim:3"),
    }
    state.counts = {
        ("hv1", "Domain", "converged", ""): 5,
        ("hv1", "Domain", "drifted", "drifted"): 2,
        ("hv1", "Domain", "pending-restart", "edited"): 1,
        ("hv2", "Domain", "converged", ""): 3,
        ("hv2", "Domain", "failed", "edited"): 1,
        ("hv3", "Network", "converged", ""): 1,
    }
    state.living = [Controller("a", "m", 1, now, ("hv1", "hv3", "@fleet"))]
    state.notes = [
        CommitNote("c3", CommitStatus.REFUSED, now),
        CommitNote("c2", CommitStatus.IN_FORCE, now - 10),
        CommitNote("c1", CommitStatus.REFUSED, now - 20),
    ]
    letter = Letter(1, Notice("failed", "Domain/secret-guest", "it failed", now), "chat", 3)
    state.letters = [(letter, "away")]
    return state


def counted() -> Hooks:
    counters = Counters()
    counters.action_ended("start", "done", 0.3)
    counters.action_ended("start", "failed", 40)
    counters.healed(0.4)
    counters.taken_over(3)
    counters.refused()
    return Hooks(health=lambda: Health(idle=1.5, queue=4), counters=counters)


def families(client: TestClient) -> dict[str, Metric]:
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    return {family.name: family for family in text_string_to_metric_families(answer.text)}


def value(found: dict[str, Metric], name: str, **labels: str) -> float | None:
    samples = [s for family in found.values() for s in family.samples if s.name == PREFIX + name]
    return next((sample.value for sample in samples if sample.labels == labels), None)


@pytest.fixture
def found(fleet: DoubleState, open_app: Open) -> Iterator[dict[str, Metric]]:
    return families(open_app(hooks=counted()))  # type: ignore[return-value]


def test_all_that_the_table_promises_is_there_and_nothing_else(found: dict[str, Metric]) -> None:
    assert {name for name in found if name.startswith(PREFIX)} == OURS
    for name, family in found.items():
        if name in OURS:
            meaning = METRICS[name.removeprefix(PREFIX)]
            assert (family.type, family.documentation) == (meaning.kind, meaning.says)
            shown = {frozenset(s.labels) for s in family.samples if "le" not in s.labels}
            assert shown <= {frozenset(meaning.labels)}
    assert "process_resident_memory_bytes" in found


def test_prometheus_finds_nothing_to_mend_in_it(fleet: DoubleState, open_app: Open, tmp_path: Path) -> None:
    text = open_app(hooks=counted()).get("/metrics").text
    checked = promtool("check", "metrics", folder=tmp_path, given=text)
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")


def test_nothing_of_a_guest_or_a_receiver_is_in_it(fleet: DoubleState, open_app: Open) -> None:
    text = open_app(hooks=counted()).get("/metrics").text
    assert not re.search("secret-guest|chat|away|sim:", text)


def test_the_fleet_in_numbers(fleet: DoubleState, found: dict[str, Metric]) -> None:
    assert value(found, "resources", host="hv1", kind="Domain", status="converged") == 5
    assert value(found, "drift", host="hv1", kind="Domain", cause="drifted") == 2
    assert value(found, "pending_restarts", host="hv1") == 1
    assert value(found, "pending_restarts", host="hv2") == 0
    assert value(found, "host_last_success_timestamp_seconds", host="hv1") == fleet.hosts["hv1"].looked
    assert value(found, "host_last_success_timestamp_seconds", host="hv3") == 0
    assert [value(found, "host_owned", host=host) for host in ("hv1", "hv2", "hv3")] == [1, 0, 1]
    assert value(found, "controllers") == 1
    assert value(found, "commit_info", commit="c2") == 1
    assert value(found, "commit_info", commit="c3") is None
    assert value(found, "commits_held", status="refused") == 1
    assert value(found, "commits_held", status="waiting") == 0
    assert value(found, "notices_undelivered") == 1
    assert value(found, "state_reachable") == 1


def test_nothing_is_green_that_was_not_looked_at(found: dict[str, Metric]) -> None:
    assert value(found, "resources", host="hv2", kind="Domain", status="not-looked-at") == 4
    assert value(found, "resources", host="hv2", kind="Domain", status="converged") is None
    assert value(found, "resources", host="hv3", kind="Network", status="not-looked-at") == 1


def test_what_the_process_did(found: dict[str, Metric]) -> None:
    assert value(found, "actions_total", verb="start", outcome="done") == 1
    assert value(found, "actions_total", verb="start", outcome="failed") == 1
    assert value(found, "action_duration_seconds_bucket", le="0.5") == 1
    assert value(found, "action_duration_seconds_bucket", le="+Inf") == 2
    assert value(found, "action_duration_seconds_sum") == pytest.approx(40.3)
    assert value(found, "event_to_healed_seconds_count") == 1
    assert value(found, "queue_depth") == 4
    assert value(found, "loop_idle_seconds") == 1.5
    assert value(found, "lease_takeovers_total") == 3
    assert value(found, "fence_refusals_total") == 1


def test_without_the_state_it_says_so_and_shows_nothing_of_the_fleet(
    fleet: DoubleState, open_app: Open
) -> None:
    fleet.broken = StateError("away")
    found = families(open_app(hooks=counted()))
    assert value(found, "state_reachable") == 0
    assert value(found, "queue_depth") == 4
    assert f"{PREFIX}resources" not in found


def test_a_name_of_others_stays_within_its_label(fleet: DoubleState, open_app: Open) -> None:
    evil = 'x",status="converged"} 99\nfoo\x1b[31m\u202e'
    fleet.hosts = {evil: HostStanding(evil, "")}
    fleet.counts = {(evil, "Domain", "failed", ""): 1}
    found = families(open_app())
    assert {name for name in found if name.startswith(PREFIX)} == OURS
    labels = found[f"{PREFIX}resources"].samples[0].labels
    assert labels["status"] == "not-looked-at"
    assert labels["host"].isprintable()


def test_who_scrapes_shows_a_token_where_there_are_any(
    open_app: Open, guarded: ServerSettings, people: People
) -> None:
    assert open_app(guarded).get("/metrics").status_code == 401
    assert open_app(guarded, token=people.viewer).get("/metrics").status_code == 200


def test_many_scrapes_read_the_state_once(fleet: DoubleState, open_app: Open) -> None:
    client = open_app()
    families(client)
    asked = fleet.asked
    for _ in range(10):
        families(client)
    assert fleet.asked <= asked + 6
