"""What must hold of a lab after trouble, and after all troubles."""

from __future__ import annotations

from drivers.dialects import dialect
from reconciler.compare import compare_live
from reconciler.compare.model import LiveComparison
from tests.reconciler.execute.lab import Lab


def assert_unharmed(lab: Lab, start: Lab) -> None:
    """Nothing that was there is lost but what the edit removes, and what ran runs on."""
    assert lab.aliens() == start.aliens()
    assert start.volumes().keys() - lab.volumes().keys() <= {"/srv/images/scratch.img"}
    still = {name: number for name, number in start.starts().items() if name != "db"}
    assert still.items() <= lab.starts().items()


def assert_arrived(lab: Lab, start: Lab, goal: Lab) -> None:
    """It is as after an apply without any trouble."""
    assert_unharmed(lab, start)
    assert lab.objects() == goal.objects()
    for kind, document, live in lab.active():
        assert compare_live(kind, document, live, dialect("sim")) == LiveComparison((), ())
