"""What the command that puts faults in makes of a file. It needs mutmut, which is not among what the tests
need; hence the name, and `.ci/nightly` runs it: `pytest tests/mutants/with_mutmut.py`."""

from __future__ import annotations

from tests.mutants.baseline import Baseline
from tests.mutants.faults import Fault, faults_of
from tests.mutants.rooms import ROOT


def faults() -> list[Fault]:
    return faults_of(ROOT / "tests/mutants/survivors.py")


def test_what_is_changed_and_where() -> None:
    texts = {(fault.within, fault.lines[1]) for fault in faults()}
    assert ("survivors", "return None") in texts
    assert ("Survivor.is_stale", "pass") in texts
    assert not any('"""' in fault.lines[0] for fault in faults())
    assert all(compile(fault.text, "x", "exec") for fault in faults())


def test_the_tests_of_a_fault_are_those_that_run_its_lines() -> None:
    fault = next(fault for fault in faults() if fault.within == "survivors")
    seconds = {"slow": 2.0, "quick": 1.0, "other": 0.0}
    lines = {fault.line: frozenset({"slow", "quick"}), 1: frozenset({"other"})}
    assert Baseline({fault.source.name: lines}, seconds).tests(fault) == ["quick", "slow"]
    assert Baseline({}, seconds).tests(fault) == []


def test_what_runs_at_import_matters_to_the_tests_of_the_file_first() -> None:
    fault = next(fault for fault in faults() if not fault.within)
    lines = {fault.line: frozenset[str](), 1: frozenset({"other"})}
    seconds = {"other": 1.0, "far": 0.0}
    assert Baseline({fault.source.name: lines}, seconds).tests(fault) == ["other", "far"]


def test_what_only_an_import_runs_is_imported_anew() -> None:
    fault = next(fault for fault in faults() if fault.within == "survivors")
    name = fault.source.name
    assert Baseline({name: {fault.line: frozenset(), 1: frozenset({"other"})}}, {}).only_at_import(fault)
    assert not Baseline({name: {fault.line: frozenset({"one"})}}, {}).only_at_import(fault)
