"""The order of a plan's actions, and what a failure stops."""

from __future__ import annotations

import threading
from functools import partial
from graphlib import TopologicalSorter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drivers.base.errors import Refused, Transient, Unreachable, Unsupported
from drivers.base.progress import Wait
from reconciler.execute import ExecutionContext, RetryPolicy, execute
from reconciler.plan.model import Action, Plan, Result
from specs.desired import PowerState
from specs.identity import Address, Kind
from specs.secret_source import SecretSource
from tests.reconciler.execute.fake import AT_ONCE, FakeDriver, Walk, act

GOOD = (Result.DONE, Result.UNCHANGED)


def starts(*names: str, after: tuple[str, ...] = ()) -> list[Action]:
    return [act("start", name, after=tuple(f"start {other}" for other in after)) for name in names]


def test_an_action_waits_for_those_it_comes_after(walk: Walk) -> None:
    walk.driver.put(Kind.NETWORK, "lan")
    walk.driver.put(Kind.DOMAIN, "web")

    def start_slowly() -> None:
        threading.Event().wait(0.1)
        walk.driver.put(Kind.NETWORK, "lan", power=PowerState.ACTIVE)

    walk.driver.instead["start lan"] = start_slowly
    walk.execute(
        act("start", "web", after=("start lan",)),
        act("start", "lan", Kind.NETWORK),
    )
    assert walk.verbs == ["start lan", "start web"]


def test_independent_actions_run_at_the_same_time(walk: Walk) -> None:
    together = threading.Barrier(3, timeout=60)

    def start_together(name: str) -> None:
        together.wait()
        walk.driver.put(Kind.DOMAIN, name, power=PowerState.RUNNING)

    for name in ("a", "b", "c"):
        walk.driver.put(Kind.DOMAIN, name)
        walk.driver.instead[f"start {name}"] = partial(start_together, name)
    outcomes = walk.execute(*starts("a", "b", "c"), parallel=3)
    assert {outcome.result for outcome in outcomes.values()} == {Result.DONE}


def test_no_more_run_at_once_than_asked_for(walk: Walk) -> None:
    running, most, mutex = 0, 0, threading.Lock()

    def enter(name: str) -> None:
        nonlocal running, most
        with mutex:
            running += 1
            most = max(most, running)
        threading.Event().wait(0.01)
        with mutex:
            running -= 1
        walk.driver.put(Kind.DOMAIN, name, power=PowerState.RUNNING)

    names = [f"d{number}" for number in range(8)]
    for name in names:
        walk.driver.put(Kind.DOMAIN, name)
        walk.driver.instead[f"start {name}"] = partial(enter, name)
    walk.execute(*starts(*names), parallel=2)
    assert most == 2


def test_a_failure_stops_what_needs_it_and_nothing_else(walk: Walk) -> None:
    for name in ("base", "middle", "top", "other"):
        walk.driver.put(Kind.DOMAIN, name)
    walk.driver.faults["start base"] = [Refused("no room")]
    outcomes = walk.execute(
        *starts("base"),
        *starts("middle", after=("base",)),
        *starts("top", after=("middle", "other")),
        *starts("other"),
    )
    assert {name: outcome.result for name, outcome in outcomes.items()} == {
        "start base": Result.FAILED,
        "start middle": Result.SKIPPED,
        "start top": Result.SKIPPED,
        "start other": Result.DONE,
    }
    assert outcomes["start base"].message == "no room"
    assert outcomes["start middle"].message == "'start base' failed"
    assert outcomes["start top"].message == "'start base' failed"
    assert sorted(walk.verbs) == ["start base", "start other"]


def test_a_deferred_action_is_shown_and_not_done(walk: Walk) -> None:
    outcomes = walk.execute(act("restart", deferred="restart: never"))
    assert outcomes["restart web"].result is Result.DEFERRED
    assert outcomes["restart web"].message == "restart: never"
    assert walk.verbs == []
    assert walk.store.actions(walk.run) == []


def test_a_host_without_a_connection_is_skipped(walk: Walk) -> None:
    outcomes = walk.execute(act("start"), hosts={})
    assert outcomes["start web"].result is Result.SKIPPED
    assert outcomes["start web"].message == "hv1 is not connected"


def test_once_cancelled_what_runs_ends_and_nothing_else_begins(walk: Walk) -> None:
    cancel = threading.Event()
    for name in ("a", "b", "c"):
        walk.driver.put(Kind.DOMAIN, name)

    def start_and_cancel() -> None:
        cancel.set()
        walk.driver.put(Kind.DOMAIN, "a", power=PowerState.RUNNING)

    walk.driver.instead["start a"] = start_and_cancel
    outcomes = walk.execute(
        *starts("a"), *starts("b", after=("a",)), *starts("c", after=("b",)), cancel=cancel, parallel=1
    )
    assert [outcome.result for outcome in outcomes.values()] == [
        Result.DONE,
        Result.SKIPPED,
        Result.SKIPPED,
    ]
    assert outcomes["start c"].message == "stopped before it began"
    assert walk.verbs == ["start a"]


def test_once_cancelled_nothing_is_tried_again(walk: Walk) -> None:
    cancel = threading.Event()
    walk.driver.put(Kind.DOMAIN, "web")
    walk.driver.faults["start web"] = [Transient("busy")] * 9
    walk.on_progress = lambda _: cancel.set()
    outcomes = walk.execute(act("start"), cancel=cancel)
    assert outcomes["start web"].result is Result.FAILED
    assert walk.verbs == ["start web"]


def test_cancelling_ends_the_pause_before_the_next_try(walk: Walk) -> None:
    cancel = threading.Event()
    walk.driver.put(Kind.DOMAIN, "web")
    walk.driver.faults["start web"] = [Transient("busy")] * 9
    slow = RetryPolicy(attempts=9, first_pause=100.0, longest_pause=100.0)
    threading.Timer(0.1, cancel.set).start()
    outcomes = walk.execute(act("start"), cancel=cancel, retry=slow)
    assert outcomes["start web"].result is Result.FAILED
    assert outcomes["start web"].seconds < 50


def test_progress_tells_the_beginning_and_the_end_of_each(walk: Walk) -> None:
    walk.driver.put(Kind.DOMAIN, "web")
    outcomes = walk.execute(act("start"), act("restart", deferred="restart: never"))
    told = [(step.action.id, step.outcome) for step in walk.progress]
    assert ("start web", None) in told
    assert told.index(("start web", None)) < told.index(("start web", outcomes["start web"]))
    assert ("restart web", outcomes["restart web"]) in told
    assert ("restart web", None) not in told


def test_what_an_action_waits_for_stands_on_the_board(walk: Walk) -> None:
    walk.driver.put(Kind.DOMAIN, "web")
    walk.driver.faults["start web"] = [Transient("busy")]
    walk.execute(
        act("start"), act("stop", after=("start web",), arguments={"methods": "acpi", "deadline": "7.5"})
    )
    again, stop = (each for each in walk.board.heard if isinstance(each, Wait))
    assert again.what == "another try, for busy"
    assert again.limit is not None
    assert stop.what == "the guest to shut down"
    assert stop.limit == 7.5
    assert walk.board.steps == ()


# tries


@pytest.mark.parametrize("fault", [Transient("busy"), Unreachable("connection reset")])
def test_a_passing_fault_is_tried_again(walk: Walk, fault: Exception) -> None:
    walk.driver.put(Kind.DOMAIN, "web")
    walk.driver.faults["start web"] = [fault] * 3
    outcomes = walk.execute(act("start"))
    assert outcomes["start web"].result is Result.DONE
    assert walk.verbs == ["start web"] * 4


@pytest.mark.parametrize("fault", [Transient("busy"), Unreachable("connection reset")])
def test_a_fault_that_stays_fails_after_the_last_try(walk: Walk, fault: Exception) -> None:
    walk.driver.put(Kind.DOMAIN, "web")
    walk.driver.faults["start web"] = [fault] * 9
    outcomes = walk.execute(act("start"))
    assert outcomes["start web"].result is Result.FAILED
    assert outcomes["start web"].message == str(fault)
    assert walk.verbs == ["start web"] * AT_ONCE.attempts


@pytest.mark.parametrize("fault", [Refused("no", "do that"), Unsupported("cannot")])
def test_a_refusal_is_not_tried_again(walk: Walk, fault: Exception) -> None:
    walk.driver.put(Kind.DOMAIN, "web")
    walk.driver.faults["start web"] = [fault]
    outcomes = walk.execute(act("start"))
    assert outcomes["start web"].result is Result.FAILED
    assert outcomes["start web"].message == str(fault)
    assert walk.verbs == ["start web"]


def test_a_fault_of_the_check_afterwards_is_tried_again_too(walk: Walk) -> None:
    walk.driver.put(Kind.DOMAIN, "web")
    walk.driver.faults["observe web"] = [Transient("busy")]
    assert walk.execute(act("start"))["start web"].result is Result.DONE


# whatever the graph


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[Action], set[str]]:
    """Actions that only look back, shuffled, and the names of those that will fail."""
    names = [f"d{number}" for number in range(draw(st.integers(1, 9)))]
    actions = [
        starts(name, after=tuple(draw(st.sets(st.sampled_from(names[:index]))) if index else ()))[0]
        for index, name in enumerate(names)
    ]
    return draw(st.permutations(actions)), draw(st.sets(st.sampled_from(names)))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(graphs(), st.integers(1, 4))
def test_exactly_what_needs_a_failure_is_skipped(
    walk: Walk, case: tuple[list[Action], set[str]], parallel: int
) -> None:
    actions, failing = case
    walk.driver = FakeDriver()
    for action in actions:
        walk.driver.put(Kind.DOMAIN, action.native)
    for name in failing:
        walk.driver.faults[f"start {name}"] = [Refused("no")]
    outcomes = walk.execute(*actions, parallel=parallel)

    doomed: set[str] = set()
    for id_ in TopologicalSorter({action.id: action.after for action in actions}).static_order():
        action = next(action for action in actions if action.id == id_)
        held = doomed & set(action.after)
        expected = Result.SKIPPED if held else Result.FAILED if action.native in failing else Result.DONE
        assert outcomes[id_].result is expected
        if expected is Result.SKIPPED:
            assert outcomes[id_].message in {f"'start {name}' failed" for name in failing}
        if expected is not Result.DONE:
            doomed.add(id_)
    for position, call in enumerate(walk.verbs):
        action = next(action for action in actions if action.id == call)
        assert set(action.after) <= set(walk.verbs[:position])


def test_a_secret_that_cannot_be_read_fails_alone(walk: Walk) -> None:
    walk.driver.put(Kind.DOMAIN, "web")
    secret = Address(Kind.SECRET, "ceph", "hv1")
    outcomes = walk.execute(
        act("set-value", "ceph", Kind.SECRET),
        act("start"),
        secrets={secret: SecretSource(env="NO_SUCH_VARIABLE_HERE")},
    )
    assert outcomes["set-value ceph"].result is Result.FAILED
    assert outcomes["set-value ceph"].message == "the environment variable NO_SUCH_VARIABLE_HERE is not set"
    assert outcomes["start web"].result is Result.DONE


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (RecursionError(), "a document of its is nested too deeply to be worked with"),
        (KeyError("uuid"), "internal error (KeyError: 'uuid'); please report it"),
    ],
)
def test_trouble_that_nobody_foresaw_fails_alone(walk: Walk, error: Exception, message: str) -> None:
    for name in ("web", "db"):
        walk.driver.put(Kind.DOMAIN, name)
    walk.driver.faults["start web"] = [error]
    outcomes = walk.execute(*starts("web", "db"))
    assert (outcomes["start web"].result, outcomes["start web"].message) == (Result.FAILED, message)
    assert outcomes["start db"].result is Result.DONE
    assert walk.verbs.count("start web") == 1


@pytest.mark.parametrize("error", [None, Refused("no"), KeyError("x")])
def test_an_outcome_says_how_long_it_took(walk: Walk, error: Exception | None) -> None:
    walk.driver.put(Kind.DOMAIN, "web")

    def start_slowly() -> None:
        threading.Event().wait(0.05)
        walk.driver.put(Kind.DOMAIN, "web", power=PowerState.RUNNING)
        if error:
            raise error

    walk.driver.instead["start web"] = start_slowly
    assert 0.05 <= walk.execute(act("start"))["start web"].seconds < 10


def test_the_pauses_between_tries_grow_no_longer_than_they_may(
    walk: Walk, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(
        "reconciler.execute.runner.ActionRunner._pause", lambda _, seconds: pauses.append(seconds)
    )
    walk.driver.put(Kind.DOMAIN, "web")
    walk.driver.faults["start web"] = [Transient("busy")] * 99
    walk.execute(act("start"), retry=RetryPolicy(attempts=40, first_pause=0.001, longest_pause=3.0))
    assert len(pauses) == 39
    assert all(0 <= pause <= min(3, 0.001 * 2**number) for number, pause in enumerate(pauses))
    assert max(pauses) > 1


def test_unless_it_is_said_a_fault_is_tried_again_a_few_times_and_soon() -> None:
    usual = RetryPolicy()
    assert (usual.attempts, usual.first_pause, usual.longest_pause) == (4, 0.25, 5.0)


def test_no_worker_is_one_worker(walk: Walk) -> None:
    walk.driver.put(Kind.DOMAIN, "web")
    assert walk.execute(act("start"), parallel=0, migrations=0)["start web"].result is Result.DONE


def test_a_failure_far_behind_is_named(walk: Walk) -> None:
    """Through all that was skipped for it; past what went well."""
    for name in ("good", "bad", "b", "c", "d"):
        walk.driver.put(Kind.DOMAIN, name)
    walk.driver.faults["start bad"] = [Refused("no")]
    outcomes = walk.execute(
        *starts("good", "bad"),
        *starts("b", after=("good", "bad")),
        *starts("c", after=("good", "b")),
        *starts("d", after=("good", "c")),
    )
    assert {outcomes[f"start {name}"].message for name in "bcd"} == {"'start bad' failed"}


def test_what_was_skipped_for_its_host_is_named_itself(walk: Walk) -> None:
    walk.driver.put(Kind.DOMAIN, "web")
    elsewhere = act("start", "far", host="hv9")
    outcomes = walk.execute(elsewhere, *starts("web", after=("far",)))
    assert outcomes["start far"].message == "hv9 is not connected"
    assert outcomes["start web"].message == "'start far' failed"


def test_a_deferred_action_holds_nothing_up(walk: Walk) -> None:
    walk.driver.put(Kind.DOMAIN, "web")
    outcomes = walk.execute(act("restart", "db", deferred="never"), act("start", after=("restart db",)))
    assert outcomes["start web"].result is Result.DONE


def test_nobody_need_be_told(walk: Walk) -> None:
    plan = Plan("default", "tree", 0.0, {}, actions=(act("start", deferred="never"),))
    context = ExecutionContext({}, walk.store, walk.run, {})
    (outcome,) = execute(plan, context)
    assert outcome.result is Result.DEFERRED
