"""A short run with a fixed seed, and the means by which longer ones tell what they find."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from tests.fuzz import case as cases
from tests.fuzz import hosts, judge, mutate, trees, valid
from tests.fuzz.__main__ import main
from tests.fuzz.case import Case, judged
from tests.fuzz.crew import run_cases
from tests.fuzz.ground import Ground, as_yaml


@pytest.mark.parametrize(("subject", "number"), [("trees", 120), ("hosts", 15), ("replies", 12), ("cli", 60)])
def test_nothing_is_found(subject: str, number: int, tmp_path: Path) -> None:
    given = (Case(subject, f"20261126.{n}") for n in range(number))
    found = list(run_cases(given, time.monotonic() + 240, tmp_path))
    assert [one for one in found if one is not None] == []
    assert len(found) == number


def test_a_case_is_the_same_again(tmp_path: Path) -> None:
    """The seed alone decides on the tree, and on what the program is asked."""
    for subject in ("trees", "cli"):
        texts = []
        for folder in ("one", "two"):
            judged(Case(subject, "5.5"), tmp_path / subject / folder)
            tree = tmp_path / subject / folder / "tree"
            said = (tmp_path / subject / folder / "said.txt").read_text().splitlines()
            asked = [line for line in said if line.startswith("$")]
            texts.append(
                (asked, [path.read_bytes() for path in sorted(tree.glob("*.yaml")) if path.is_file()])
            )
        assert texts[0] == texts[1]


def test_the_trees_are_valid_before_they_are_changed(tmp_path: Path) -> None:
    for seed in range(25):
        ground = Ground(tmp_path / str(seed), Random(seed))
        ground.declare(valid.documents(ground.rng))
        assert ground.call("validate", str(ground.tree)) == 0, ground.said[-1].text


def test_changes_change_something() -> None:
    rng = Random(1)
    made = valid.documents(rng)
    data = as_yaml(made)
    assert sum(mutate.of_bytes(rng, data) != data for _ in range(50)) > 40
    assert sum(mutate.of_values(rng, made) != made for _ in range(50)) > 40
    assert sum(mutate.of_xml(rng, trees.RAW[0]) != trees.RAW[0] for _ in range(50)) > 40


def _dies(_: Ground) -> Iterator[str]:
    import os

    os._exit(3)
    yield ""


def _hangs(_: Ground) -> Iterator[str]:
    time.sleep(60)
    yield ""


@pytest.mark.parametrize(("subject", "said"), [(_dies, "the process died"), (_hangs, "hangs")])
def test_what_dies_or_hangs_is_found_and_the_others_go_on(
    subject: object, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(cases.SUBJECTS, "hosts", subject)
    monkeypatch.setitem(cases.SUBJECTS, "replies", lambda ground: iter(()))
    given = iter([Case("replies", "1"), Case("hosts", "1"), Case("replies", "2")])
    found = list(run_cases(given, time.monotonic() + 60, tmp_path, limit=5))
    assert found[0] is found[2] is None
    assert found[1] is not None
    assert said in found[1].problems[0]


def test_an_internal_error_is_told_kept_and_replayed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> None:
        raise KeyError("a mistake")

    monkeypatch.setattr("reconciler.cli.common.Common.desired", broken)
    monkeypatch.setitem(cases.SUBJECTS, "trees", _planning)
    assert main(["--minutes", "0.02", "--only", "trees", "--seed", "1", "--most", "1"]) == 1
    said = capsys.readouterr().out
    assert "an internal error: KeyError: 'a mistake'" in said
    assert "python -m tests.fuzz --replay trees:1.0" in said
    assert main(["--replay", "trees:1.0"]) == 1
    assert "does not hold: plan: an internal error" in capsys.readouterr().out


def _planning(ground: Ground) -> Iterator[str]:
    ground.call("plan", "tree")
    yield from judge.words(ground)


def test_harm_to_others_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def harm(rows: object, _rng: Random) -> None:
        rows.execute("DELETE FROM contents WHERE name = 'precious'")  # type: ignore[attr-defined]

    monkeypatch.setattr(hosts, "_spoil", harm)
    assert "what belongs to others is not what it was" in judged(Case("hosts", "1.1"), tmp_path / "case")


def test_a_liar_lies(tmp_path: Path) -> None:
    """The wrapper does all that it is for, else the subject would show nothing."""
    seen: set[str] = set()
    for seed in range(12):
        judged(Case("replies", f"9.{seed}"), tmp_path / str(seed))
        said = (tmp_path / str(seed) / "said.txt").read_text()
        seen |= {word for word in ("as it pleases", "the reply was lost") if word in said}
    assert seen == {"as it pleases", "the reply was lost"}
