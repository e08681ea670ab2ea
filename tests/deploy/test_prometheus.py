"""Alert rules and the dashboard, as Prometheus itself understands them."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from reconciler.server.metricnames import METRICS, PREFIX
from tests.support.promtool import promtool

ROOT = Path(__file__).parents[2]
RULES = ROOT / "deploy/prometheus/alerts.yaml"
DASHBOARD = ROOT / "deploy/grafana/dashboard.json"
CASES = sorted(Path(__file__).parent.glob("alerts-*.yaml"))
PARTS = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "gauge": ("",)}
EXPORTED = {f"{PREFIX}{name}{part}": m.labels for name, m in METRICS.items() for part in PARTS[m.kind]}
ADDED = {"job", "instance", "le"}
"""Labels that Prometheus itself adds, and a histogram's."""


def rules() -> list[dict[str, Any]]:
    return [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]


def panels() -> list[dict[str, Any]]:
    found = json.loads(DASHBOARD.read_text())["panels"]
    assert isinstance(found, list)
    return found


def queries() -> Iterator[str]:
    """Every query of the dashboard, with what Grafana puts in the place of its variables."""
    for panel in panels():
        for target in panel["targets"]:
            yield target["expr"].replace("$__rate_interval", "5m").replace("$job", ".*")


def expressions() -> list[str]:
    return [*(rule["expr"] for rule in rules()), *queries()]


def test_each_rule_is_valid_and_comes_when_it_has_to(tmp_path: Path) -> None:
    shutil.copy(RULES, tmp_path / "alerts.rules.yaml")
    for case in CASES:
        shutil.copy(case, tmp_path)
    checked = promtool("check", "rules", "--lint-fatal", "alerts.rules.yaml", folder=tmp_path)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    tested = promtool("test", "rules", *(case.name for case in CASES), folder=tmp_path)
    assert tested.returncode == 0, tested.stdout + tested.stderr


def test_each_rule_is_tested_to_come_and_not_to_come() -> None:
    asked: dict[str, set[bool]] = {rule["alert"]: set() for rule in rules()}
    for case in CASES:
        for group in yaml.safe_load(case.read_text())["tests"]:
            for test in group["alert_rule_test"]:
                asked[test["alertname"]].add(bool(test["exp_alerts"]))
    assert {name: comes for name, comes in asked.items() if comes != {True, False}} == {}


def test_each_rule_says_what_is_wrong_and_what_to_do() -> None:
    for rule in rules():
        assert rule["labels"]["severity"] in ("critical", "warning", "info")
        assert rule["annotations"].keys() == {"summary", "action"}


def test_every_query_is_one_and_is_empty_where_nothing_is_known(tmp_path: Path) -> None:
    """Where no controller can be asked, no panel may say 0: that would be green."""
    found = list(dict.fromkeys(queries()))
    made = [{"record": f"panel:{number}", "expr": query} for number, query in enumerate(found)]
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": made}]}))
    checked = promtool("check", "rules", "rules.yaml", folder=tmp_path)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    nothing = [{"expr": query, "eval_time": "1m", "exp_samples": []} for query in found]
    case = {"rule_files": [], "tests": [{"input_series": [], "promql_expr_test": nothing}]}
    (tmp_path / "case.yaml").write_text(yaml.safe_dump(case))
    tested = promtool("test", "rules", "case.yaml", folder=tmp_path)
    assert tested.returncode == 0, tested.stdout + tested.stderr


def test_the_panels_of_a_fleet_that_is_well_say_nothing_is_wrong(tmp_path: Path) -> None:
    """What they count is 0, where somebody could be asked and there is nothing."""
    stats = [p for p in panels() if p["type"] == "stat" and p["title"] != "Controllers"]
    assert len(stats) > 5
    empty = [
        {
            "expr": panel["targets"][0]["expr"].replace("$job", ".*"),
            "eval_time": "1m",
            "exp_samples": [{"labels": "{}", "value": 0}],
        }
        for panel in stats
    ]
    series = [{"series": f'{PREFIX}state_reachable{{job="vr"}}', "values": "1x9"}]
    case = {
        "rule_files": [],
        "tests": [{"interval": "1m", "input_series": series, "promql_expr_test": empty}],
    }
    (tmp_path / "case.yaml").write_text(yaml.safe_dump(case))
    tested = promtool("test", "rules", "case.yaml", folder=tmp_path)
    assert tested.returncode == 0, tested.stdout + tested.stderr


def test_every_metric_that_is_asked_for_is_exported_with_its_labels() -> None:
    for expression in expressions():
        for name, labels in re.findall(rf"({PREFIX}\w+)(?:\{{([^}}]*)\}})?", expression):
            assert name in EXPORTED, expression
            assert set(re.findall(r"(\w+)\s*[=!]", labels)) <= {*EXPORTED[name], *ADDED}, expression
        grouped = [label for by in re.findall(r"by \(([^)]*)\)", expression) for label in by.split(", ")]
        known = {label for name in EXPORTED if name in expression for label in EXPORTED[name]}
        assert set(grouped) <= known | ADDED, expression


def test_every_metric_is_shown() -> None:
    text = " ".join(expressions())
    assert [name for name in METRICS if f"{PREFIX}{name}" not in text] == []


def test_the_dashboard_is_whole() -> None:
    ids = [panel["id"] for panel in panels()]
    assert len(set(ids)) == len(ids) > 10
    taken = [
        (panel["gridPos"]["x"] + x, panel["gridPos"]["y"] + y)
        for panel in panels()
        for x in range(panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["h"])
    ]
    assert len(taken) == len(set(taken)), "panels lie upon each other"
    assert max(x for x, _ in taken) < 24
