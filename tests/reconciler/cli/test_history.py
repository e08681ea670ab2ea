"""history: past runs."""

from __future__ import annotations

import pytest

from drivers.simulated import faults
from tests.reconciler.cli.lab import Lab


def test_history_tells_runs_and_their_actions(shop: Lab) -> None:
    first = shop("history", "TREE")
    assert first.out.splitlines()[1:] == []
    assert "apply makes the first run" in first.err
    shop.applied()
    faults.inject(shop.path / "sim.db", "hv1", "define", "web", "refused")
    shop.guest("web", memory="2GiB")
    assert shop("apply", "TREE", "--yes").code == 1
    lines = shop("history", "TREE").out.splitlines()
    assert lines[0].split() == ["RUN", "STARTED", "COMMAND", "CAUSE", "STATUS", "COMMIT", "SUMMARY"]
    assert [(line.split()[0], line.split()[5]) for line in lines[1:]] == [("2", "failed"), ("1", "done")]
    run = shop("history", "TREE", "--run", "1").out
    assert "define Domain/web" in run
    assert "start Domain/db" in run
    failed = shop("history", "TREE", "--run", "2", "-o", "json").json
    assert [r["id"] for r in failed["runs"]] == [2]
    assert failed["actions"][0]["outcome"] == "failed"
    assert len(shop("history", "TREE", "--limit", "1", "-o", "json").json["runs"]) == 1


def test_history_of_one_resource(shop: Lab) -> None:
    shop.applied()
    shop.guest("web", memory="2GiB")
    shop.applied()
    lines = shop("history", "TREE", "Domain/web").out.splitlines()
    assert lines[0].split() == ["RUN", "STARTED", "HOST", "ACTION", "OUTCOME", "MESSAGE"]
    runs = [line.split()[0] for line in lines[1:]]
    assert runs == sorted(runs, reverse=True)
    assert set(runs) == {"1", "2"}
    assert {line.split()[3] for line in lines[1:]} == {"hv1"}
    told = shop("history", "TREE", "Domain/web", "--limit", "1", "-o", "json").json
    assert told["runs"] == []
    assert [(a["address"], a["host"], a["run"]) for a in told["actions"]] == [("Domain/web", "hv1", 2)]
    nobody = shop("history", "TREE", "Domain/wbe")
    assert nobody.out.splitlines()[1:] == []
    assert nobody.err == "note: nothing was done to Domain/wbe; did you mean 'Domain/web'?\n"


@pytest.mark.parametrize(
    ("resource", "told"),
    [
        ("web", "a resource is written with its kind: virt-reconcile history Domain/web"),
        ("Domian/web", "no kind 'Domian'; did you mean 'Domain/web'?"),
        ("Host/hv1", "'Host/hv1' is no resource: write KIND/NAME"),
        ("Domain/", "'Domain/' is no resource: write KIND/NAME"),
        ("tier=one", "no resource has the label tier=one"),
        ("Domain/*", "'Domain/*' is any of Domain/"),
    ],
)
def test_what_is_no_resource_is_told(shop: Lab, resource: str, told: str) -> None:
    said = shop("history", "TREE", resource)
    assert said.code == 1
    assert told in said.err


def test_a_run_or_a_resource(shop: Lab) -> None:
    said = shop("history", "TREE", "Domain/web", "--run", "1")
    assert said.code == 1
    assert "either a run or a resource" in said.err


def test_an_unknown_run_is_told(shop: Lab) -> None:
    said = shop("history", "TREE", "--run", "7")
    assert said.code == 1
    assert "there is no run 7" in said.err


def test_logs_show_what_was_done_where_there_is_no_other(shop: Lab) -> None:
    shop.applied()
    said = shop("logs", "web", "TREE")
    assert (said.code, "start done" in said.out) == (0, True), said.err
    assert "cannot let logs of guests be read from here; what virt-reconcile did is shown" in said.err
    said = shop("logs", "web", "TREE", "--events", "-n", "1", "--since", "1h")
    assert (said.out.count("\n"), said.err) == (1, "")
    assert "did you mean 'web'?" in shop("logs", "wep", "TREE").err
    assert "'soon' is neither a duration" in shop("logs", "web", "TREE", "--since", "soon").err
    assert "several guests" in shop("logs", "*", "TREE").err
