"""What a process counts of its own doing."""

from __future__ import annotations

import threading

from reconciler.counting import ACTION_SECONDS, HEALED_SECONDS, Counters


def test_all_is_counted_by_many_threads() -> None:
    counters = Counters()

    def work() -> None:
        for _ in range(500):
            counters.action_ended("start", "done", 0.05)
            counters.action_ended("stop", "failed", 5000)
            counters.healed(0.6)
            counters.taken_over(2)
            counters.refused()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counters.actions == {("start", "done"): 2000, ("stop", "failed"): 2000}
    actions, healed = counters.spans
    assert actions.counts == (2000, *[0] * (len(ACTION_SECONDS) - 1), 2000)
    assert abs(actions.total - 2000 * 5000.05) < 1
    assert healed.counts[HEALED_SECONDS.index(0.75)] == 2000
    assert (counters.takeovers, counters.refusals) == (4000, 2000)
