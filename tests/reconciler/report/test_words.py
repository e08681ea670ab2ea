"""Values as people recognise them."""

from __future__ import annotations

import pytest

from reconciler.report.words import age


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-3, "0s"), (42.9, "42s"), (60, "1m"), (61, "1m1s"), (3600, "1h"), (86399, "23h59m"), (273600, "3d4h")],
)
def test_ages_have_two_units(seconds: float, text: str) -> None:
    assert age(seconds) == text
