"""A fake host for single actions; simulated ones, before and after an edit, for whole commands."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.reconciler.execute.fake import Walk
from tests.reconciler.execute.lab import AFTER, BEFORE, Lab
from tests.support.policy import trusting


@pytest.fixture(autouse=True, scope="package")
def _trusting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The controller lets these trees read secrets and images outside of them."""
    with trusting(tmp_path_factory.mktemp("policy")):
        yield


@pytest.fixture
def walk(tmp_path: Path) -> Iterator[Walk]:
    walk = Walk(tmp_path)
    yield walk
    walk.store.close()


@pytest.fixture(scope="package")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    """A host that others use already; nothing of ours is on it."""
    lab = Lab(tmp_path_factory.mktemp("empty"))
    lab.aliens_come()
    lab.declare(BEFORE)
    assert lab.plan() == 2, lab.log
    return lab


@pytest.fixture(scope="package")
def edited(empty: Lab, tmp_path_factory: pytest.TempPathFactory) -> Lab:
    """The first tree was applied; the files have changed since."""
    lab = empty.copy(tmp_path_factory.mktemp("edited") / "lab")
    lab.settle()
    lab.loose_volume_comes()
    lab.declare(AFTER, key="second value")
    assert lab.plan() == 2, lab.log
    return lab


@pytest.fixture(scope="package")
def starting_points(empty: Lab, edited: Lab) -> dict[str, Lab]:
    return {"first": empty, "edit": edited}


@pytest.fixture(scope="package")
def goals(starting_points: dict[str, Lab], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Lab]:
    """What an apply without any trouble leads to."""
    found = {}
    for name, start in starting_points.items():
        found[name] = start.copy(tmp_path_factory.mktemp("goal") / name)
        found[name].settle()
    return found
