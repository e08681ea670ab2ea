"""The queue of hosts: what is due when, and who may be in a round with whom."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from reconciler.controller.queue import FIRST_PAUSE, HURRIED_PAUSE, LONGEST_PAUSE, HostJob, HostQueue

NEVER = float("inf")


@pytest.fixture
def queue() -> HostQueue:
    queue = HostQueue()
    queue.set_hosts([("a", 0.0), ("b", 5.0)])
    return queue


def taken(queue: HostQueue, now: float, *, slow: bool = False) -> HostJob:
    job = queue.take(now, slow=slow)
    assert job is not None
    return job


def test_what_is_due_is_taken_once(queue: HostQueue) -> None:
    assert taken(queue, 1).host == "a"
    assert queue.take(1, slow=False) is None
    assert queue.next_due() == 5
    assert taken(queue, 5).host == "b"
    assert queue.next_due() == NEVER


def test_a_round_is_made_again_at_its_time(queue: HostQueue) -> None:
    queue.done(taken(queue, 1), 2, 60)
    assert queue.take(4, slow=False) is None
    assert queue.next_due() == 5


def test_what_wakes_a_host_during_its_round_makes_another(queue: HostQueue) -> None:
    job = taken(queue, 1)
    queue.wake("a", "event", 2)
    queue.done(job, 3, 60)
    again = taken(queue, 3)
    assert (again.host, again.why, again.woken) == ("a", "event", 2)


def test_several_wakes_are_one_round_that_knows_of_the_first(queue: HostQueue) -> None:
    queue.wake("b", "event", 1)
    queue.wake("b", "files", 2)
    taken(queue, 2)
    assert taken(queue, 2).woken == 1
    assert queue.take(100, slow=False) is None


def test_failures_pause_ever_longer_and_a_success_forgets_them(queue: HostQueue) -> None:
    now, pauses = 1.0, []
    for _ in range(12):
        job = taken(queue, now)
        queue.failed(job, now, unreachable=False)
        queue.set_hosts([("a", 0.0)])
        pauses.append(queue.next_due() - now)
        now = queue.next_due()
    assert pauses[:4] == [FIRST_PAUSE, 2 * FIRST_PAUSE, 4 * FIRST_PAUSE, 8 * FIRST_PAUSE]
    assert pauses[-1] == LONGEST_PAUSE
    queue.done(taken(queue, now), now, now + 60)
    assert queue.next_due() == now + 60


def test_an_event_hurries_what_failed_but_not_at_once(queue: HostQueue) -> None:
    now = 1.0
    for _ in range(8):
        queue.failed(taken(queue, now), now, unreachable=False)
        queue.set_hosts([("a", 0.0)])
        last, now = now, queue.next_due()
    queue.wake("a", "event", last + 1)
    assert queue.next_due() == last + HURRIED_PAUSE


def test_who_does_not_answer_is_not_hurried_and_has_workers_of_its_own(queue: HostQueue) -> None:
    for now in (1.0, 10.0):
        queue.failed(taken(queue, now, slow=now > 1), now, unreachable=True)
    queue.wake("a", "event", 10)
    assert queue.take(11, slow=True) is None
    assert taken(queue, 12, slow=False).host == "b"
    assert queue.take(12, slow=False) is None
    assert taken(queue, 12, slow=True).host == "a"


def test_a_new_commit_lets_nobody_wait_for_old_failures(queue: HostQueue) -> None:
    for now in (1.0, 10.0):
        queue.failed(taken(queue, now, slow=now > 1), now, unreachable=True)
    queue.wake("a", "files", 10, afresh=True)
    assert not taken(queue, 10).slow


def test_a_wide_round_waits_for_all_its_hosts_and_is_not_overtaken(queue: HostQueue) -> None:
    first = taken(queue, 5)
    other = taken(queue, 5)
    queue.widen(first, ["b"], 5)
    assert queue.take(6, slow=False) is None
    queue.done(other, 6, 6)
    wide = taken(queue, 7)
    assert (wide.host, sorted(wide.hosts)) == ("a", ["a", "b"])
    assert queue.take(7, slow=False) is None
    queue.done(wide, 8, 60)
    assert taken(queue, 8).hosts == {"b"}


def test_a_host_that_leaves_is_forgotten_when_its_round_ends(queue: HostQueue) -> None:
    job = taken(queue, 1)
    queue.set_hosts([("b", 0.0)])
    queue.done(job, 2, 3)
    assert len(queue) == 1
    assert queue.busy == frozenset()


class Rounds(RuleBasedStateMachine):
    """Whatever happens, no host is in two rounds, nothing that was woken is lost, and nobody starves."""

    @initialize()
    def begin(self) -> None:
        self.queue, self.now = HostQueue(), 0.0
        self.running: list[HostJob] = []
        self.queue.set_hosts([(name, 0.0) for name in "abcd"])

    @rule(host=st.sampled_from("abcd"), delay=st.sampled_from([0.0, 2.0]))
    def wake(self, host: str, delay: float) -> None:
        self.queue.wake(host, "event", self.now, delay)

    @rule(slow=st.booleans())
    def take(self, slow: bool) -> None:
        job = self.queue.take(self.now, slow=slow)
        if job is not None:
            self.running.append(job)

    @precondition(lambda self: self.running)
    @rule(
        pick=st.integers(0, 3),
        how=st.sampled_from(["done", "failed", "unreachable", "widen"]),
        more=st.sampled_from("abcd"),
    )
    def end(self, pick: int, how: str, more: str) -> None:
        job = self.running.pop(pick % len(self.running))
        if how == "done":
            self.queue.done(job, self.now, self.now + 60)
        elif how == "widen":
            self.queue.widen(job, [more], self.now)
        else:
            self.queue.failed(job, self.now, unreachable=how == "unreachable")

    @rule(seconds=st.sampled_from([0.5, 3.0, 400.0]))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @invariant()
    def no_host_is_in_two_rounds(self) -> None:
        hosts = [host for job in self.running for host in job.hosts]
        assert len(hosts) == len(set(hosts))
        assert self.queue.busy == frozenset(hosts)

    @invariant()
    def every_host_is_due_some_time(self) -> None:
        if not self.running:
            assert self.queue.next_due() <= self.now + LONGEST_PAUSE

    def teardown(self) -> None:
        """Once all rounds end, every host comes to its turn."""
        for job in self.running:
            self.queue.done(job, self.now, self.now + 60)
        self.now += 2 * LONGEST_PAUSE
        seen = set()
        for _ in range(50):
            due = self.queue.take(self.now, slow=True) or self.queue.take(self.now, slow=False)
            if due is None:
                break
            seen.add(due.host)
            self.queue.done(due, self.now, self.now + 60)
        assert seen == set("abcd")


TestRounds = Rounds.TestCase
TestRounds.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
