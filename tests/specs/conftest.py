"""What permission tests need: root reads and writes everything, so they run as somebody else."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

NOBODY = 65534


@pytest.fixture
def ordinary_folder() -> Iterator[Path]:
    """A folder of an ordinary user, as whom the test runs."""
    folder = Path(tempfile.mkdtemp(prefix="virt-reconcile-"))
    before = os.geteuid()
    if before == 0:
        os.chown(folder, NOBODY, NOBODY)
        os.seteuid(NOBODY)
    try:
        yield folder
    finally:
        os.seteuid(before)
        shutil.rmtree(folder)
