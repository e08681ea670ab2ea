"""history: past runs."""

from __future__ import annotations

from drivers.simulated import faults
from tests.reconciler.cli.lab import Lab


def test_history_tells_runs_and_their_actions(shop: Lab) -> None:
    assert shop("history", "TREE").out.splitlines()[1:] == []
    shop.applied()
    faults.inject(shop.path / "sim.db", "hv1", "define", "web", "refused")
    shop.guest("web", memory="2GiB")
    assert shop("apply", "TREE", "--yes").code == 1
    lines = shop("history", "TREE").out.splitlines()
    assert lines[0].split() == ["RUN", "STARTED", "COMMAND", "STATUS", "COMMIT", "SUMMARY"]
    assert [(line.split()[0], line.split()[4]) for line in lines[1:]] == [("2", "failed"), ("1", "done")]
    run = shop("history", "TREE", "--run", "1").out
    assert "define Domain/web" in run
    assert "start Domain/db" in run
    failed = shop("history", "TREE", "--run", "2", "-o", "json").json
    assert [r["id"] for r in failed["runs"]] == [2]
    assert failed["actions"][0]["outcome"] == "failed"
    assert len(shop("history", "TREE", "--limit", "1", "-o", "json").json["runs"]) == 1


def test_an_unknown_run_is_told(shop: Lab) -> None:
    said = shop("history", "TREE", "--run", "7")
    assert said.code == 1
    assert "there is no run 7" in said.err
