"""Every class of error at every verb, on a simulated host: what fails is told, and the next apply that
runs into nothing converges."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drivers.simulated import faults
from tests.reconciler.execute.lab import EDIT_BOUNDARIES, FIRST_BOUNDARIES, Lab
from tests.reconciler.execute.points import assert_arrived, assert_unharmed

ERRORS = ("transient", "refused", "unreachable", "not-found", "unsupported", "lost-reply")
BOUNDARIES = {"first": FIRST_BOUNDARIES, "edit": EDIT_BOUNDARIES}
Starts = dict[str, Lab]


def converge_through(lab: Lab, start: Lab) -> list[int]:
    """Applies until no fault waits any more; the exit codes."""
    codes = []
    while faults.pending(lab.db):
        left = len(faults.pending(lab.db))
        codes.append(lab.apply())
        assert codes[-1] in (0, 1), lab.log
        assert "internal error" not in lab.log
        assert_unharmed(lab, start)
        assert len(faults.pending(lab.db)) < left, f"nothing runs into {faults.pending(lab.db)}"
    return codes


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("phase", ["first", "edit"])
def test_an_error_at_every_verb(
    starting_points: Starts, goals: Starts, tmp_path: Path, phase: str, error: str
) -> None:
    start = starting_points[phase]
    lab = start.copy(tmp_path / "lab")
    for verb, name in BOUNDARIES[phase]:
        lab.inject(verb, name, error)
    converge_through(lab, start)
    lab.settle()
    assert_arrived(lab, start, goals[phase])


@pytest.mark.parametrize("error", ["transient", "unreachable", "lost-reply"])
@pytest.mark.parametrize("phase", ["first", "edit"])
def test_what_passes_by_itself_fails_nothing(
    starting_points: Starts, goals: Starts, tmp_path: Path, phase: str, error: str
) -> None:
    start = starting_points[phase]
    lab = start.copy(tmp_path / "lab")
    for verb, name in BOUNDARIES[phase]:
        lab.inject(verb, name, error)
    lab.settle()
    assert_arrived(lab, start, goals[phase])


@pytest.mark.parametrize("error", ["refused", "transient"])
@pytest.mark.parametrize("phase", ["first", "edit"])
def test_an_error_that_stays_stops_only_what_needs_it(
    starting_points: Starts, goals: Starts, tmp_path: Path, phase: str, error: str
) -> None:
    start = starting_points[phase]
    lab = start.copy(tmp_path / "lab")
    lab.inject("define", "lan", error, times=-1)
    assert lab.apply() == 1
    assert "'define Network/lan@default' failed" in lab.log if phase == "first" else True
    assert_unharmed(lab, start)
    there, goal = lab.objects(), goals[phase].objects()
    for name in ("/srv/images/web.img", "StoragePool/images", "value of Secret/ceph:key"):
        assert there[name] == goal[name]
    faults.clear(lab.db)
    lab.settle()
    assert_arrived(lab, start, goals[phase])


@pytest.mark.parametrize("call", ["open", "observe", "capabilities"])
@pytest.mark.parametrize("error", ["unreachable", "transient", "refused"])
def test_a_host_that_cannot_be_looked_at_is_left_alone(
    starting_points: Starts, goals: Starts, tmp_path: Path, call: str, error: str
) -> None:
    start = starting_points["edit"]
    lab = start.copy(tmp_path / "lab")
    lab.inject(call, "*", error, times=-1)
    assert lab.apply() == 1
    assert "injected fault" in lab.log
    assert "internal error" not in lab.log
    assert lab.objects() == start.objects()
    faults.clear(lab.db)
    lab.settle()
    assert_arrived(lab, start, goals["edit"])


def test_a_guest_that_will_not_shut_down_runs_on(
    starting_points: Starts, goals: Starts, tmp_path: Path
) -> None:
    start = starting_points["edit"]
    lab = start.copy(tmp_path / "lab")
    lab.inject("stop", "db", "ignores-shutdown", times=-1)
    assert lab.apply() == 1
    assert "did not shut down" in lab.log
    assert lab.starts()["db"] == start.starts()["db"]
    assert lab.volumes().keys() == start.volumes().keys()
    faults.clear(lab.db)
    lab.settle()
    assert_arrived(lab, start, goals["edit"])


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_any_mixture_of_errors_and_crashes(
    starting_points: Starts, goals: Starts, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    phase = data.draw(st.sampled_from(["first", "edit"]))
    errors = st.sampled_from((*ERRORS, "crash-before", "crash-after"))
    troubles = data.draw(
        st.lists(st.tuples(st.sampled_from(BOUNDARIES[phase]), errors), min_size=2, max_size=6)
    )
    start = starting_points[phase]
    lab = start.copy(tmp_path_factory.mktemp("mixture") / "lab")
    for (verb, name), error in troubles:
        lab.inject(verb, name, error)
    for _ in range(len(troubles) + 1):
        if lab.apply() == 0:
            break
        assert_unharmed(lab, start)
    faults.clear(lab.db)  # what lies behind an effect that is not wanted a second time
    lab.settle()
    assert_arrived(lab, start, goals[phase])
