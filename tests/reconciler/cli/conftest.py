"""The lab, ready or empty."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reconciler.cli.lab import Lab


@pytest.fixture
def lab(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Lab:
    """One host, nothing declared on it."""
    lab = Lab(tmp_path, capsys)
    lab.fleet()
    return lab


@pytest.fixture
def shop(lab: Lab) -> Lab:
    """Two running guests, declared and not yet applied."""
    lab.guest("web")
    lab.guest("db")
    return lab
