"""A few kills at random with a fixed seed; `python -m tests.kills` does more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest

from drivers.contract.complete import open_complete
from specs.identity import Kind
from tests.kills import real, simulated
from tests.support.policy import trusting

Rounds = Callable[[int, Path, Random], Iterator[tuple[str, int, str]]]


@pytest.fixture(autouse=True)
def _trusting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The controller lets these trees read secrets and images outside of them."""
    with trusting(tmp_path_factory.mktemp("policy")):
        yield


def _killed(rounds: Rounds, number: int, folder: Path, seed: int) -> Counter[str]:
    kills: Counter[str] = Counter()
    for scene, count, wrong in rounds(number, folder, Random(seed)):
        assert not wrong, f"{scene}: {wrong}"
        kills[scene] += count
    return kills


def test_the_simulated_hypervisor(tmp_path: Path) -> None:
    kills = _killed(simulated.rounds, 12, tmp_path, 20261126)
    assert kills.total() >= 12


@pytest.mark.real
def test_a_real_hypervisor(tmp_path: Path) -> None:
    kills = _killed(real.rounds, 2, tmp_path, 20261126)
    assert kills.total() >= 2


def test_what_is_lost_is_noticed(tmp_path: Path) -> None:
    """The checks are not blind: a scene whose start has more than its end fails."""
    scene = simulated.scenes(tmp_path)[1]
    lab = scene.start.copy(tmp_path / "copy")
    driver = open_complete(f"sim://{lab.db}", host="default")
    driver.lifecycle.undefine(Kind.VOLUME, "alien/data.img")
    driver.close()
    with pytest.raises(AssertionError):
        scene.check(lab)
