"""What the page says of drivers was seen by the suite, of hosts that still claim it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from pkgutil import iter_modules

import pytest

from drivers.contract.features import Feature
from drivers.contract.results import PROPERTY, HostResult, Results, read_results
from tests import hypervisors
from tests.drivers.hosts import HOSTS
from tests.hypervisors.table import OPERATIONS, PAGE, RESULTS, cell, page_with_table, table

REPORT: Callable[..., pytest.TestReport] = pytest.TestReport
ELSEWHERE = {found.name for found in iter_modules(hypervisors.__path__)}
KNOWN = {host.name: host for host in HOSTS}


def test_the_page_has_the_table_of_the_results() -> None:
    page = PAGE.read_text()
    assert page == page_with_table(page), "write it anew: python -m tests.hypervisors.table"


@pytest.mark.parametrize("result", read_results(RESULTS), ids=lambda result: result.name)
def test_a_result_is_of_a_host_as_it_is_described_now(result: HostResult) -> None:
    """A module of tests/hypervisors may start a host that is in no other run, or give one more to show."""
    assert result.asked
    if result.name in KNOWN:
        assert result.seen == KNOWN[result.name].seen
    if result.name in KNOWN and result.name not in ELSEWHERE:
        assert set(result.asked) <= {feature.name for feature in KNOWN[result.name].features}


def test_an_operation_that_no_test_passed_is_not_claimed() -> None:
    result = HostResult("x", "real", asked={"DOMAIN": 3, "NETWORK": 2}, passed={"DOMAIN": 2, "NETWORK": 0})
    assert cell(result, Feature.DOMAIN) == "real (2 of 3)"
    assert cell(result, Feature.NETWORK) == cell(result, Feature.POOL) == "·"


def test_every_row_reads_as_one_of_a_kind() -> None:
    assert len(set(OPERATIONS.values())) == len(OPERATIONS)
    assert len(table([]).splitlines()) == len(OPERATIONS) + 4


def test_a_run_is_counted_test_by_test(tmp_path: Path) -> None:
    """A test that fails at its end, and one that is skipped, did not pass."""
    results = Results(tmp_path)
    about = (PROPERTY, {"host": "h", "seen": "real", "features": ["DOMAIN"]})
    for test, parts in {
        "passes": ("passed", "passed", "passed"),
        "fails": ("passed", "failed", "passed"),
        "ends-badly": ("passed", "passed", "failed"),
        "is-skipped": ("skipped", None, "passed"),
    }.items():
        for when, outcome in zip(("setup", "call", "teardown"), parts, strict=True):
            if outcome is not None:
                results.pytest_runtest_logreport(
                    REPORT(test, ("", 0, ""), {}, outcome, None, when, user_properties=[about])
                )
    results.pytest_sessionfinish()
    (result,) = read_results(tmp_path)
    assert (result.tests, result.asked, result.passed) == (4, {"DOMAIN": 4}, {"DOMAIN": 1})
    assert result.failed == ["ends-badly", "fails", "is-skipped"]
    assert json.loads((tmp_path / "h.json").read_text())["seen"] == "real"
