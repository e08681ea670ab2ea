"""A short storm with a fixed seed; `python -m tests.chaos` has longer ones."""

from __future__ import annotations

import pytest

from tests.chaos.storm import Weather, storm
from tests.chaos.world import Scale


@pytest.mark.real
def test_a_short_storm_harms_nothing() -> None:
    weather = Weather(5, 20261126, ("kill", "libvirtd", "postgres", "git"), lasts=1.0)
    told = storm(weather, Scale(hosts=1, controllers=2))
    assert told.wrong == ()
    assert told.faults
    assert told.calls > 0
    assert told.acts > 0
