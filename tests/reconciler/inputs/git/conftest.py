"""A repository elsewhere, and its mirror."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.inputs.git.mirror import Mirror
from reconciler.inputs.git.remote import Remote
from tests.support.repositories import Upstream


@pytest.fixture
def upstream(tmp_path: Path) -> Upstream:
    made = Upstream(tmp_path / "upstream")
    made.commit({"site/a.yaml": "a: 1\n", "site/b.yaml": "b: 1\n", "README": "x\n"}, "first")
    return made


@pytest.fixture
def mirror(upstream: Upstream, tmp_path: Path) -> Mirror:
    return Mirror(tmp_path / "keep" / "mirror.git", Remote(upstream.url, "main", "site"))
