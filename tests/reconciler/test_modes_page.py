"""The page about modes and windows says what loads, and what it says holds."""

from __future__ import annotations

from pathlib import Path

from specs.compiling.loader import load
from specs.desired import Desired
from specs.effect import Effect
from specs.identity import Address, Kind
from specs.modes import Mode
from tests.docs import ROOT
from tests.docs.page import read_page

PAGE = read_page(ROOT / "docs/modes.md")


def examples(tmp_path: Path) -> list[Desired]:
    """The trees that stand on the page; one without a host stands on hv1."""
    host = "apiVersion: virt-reconcile/v1\nkind: Host\nmetadata: {name: hv1}\nspec: {uri: 'sim:///x'}\n"
    found = []
    for number, text in enumerate(block.text for block in PAGE.blocks):
        if "apiVersion:" in text:
            folder = tmp_path / str(number)
            folder.mkdir()
            (folder / "tree.yaml").write_text(text if "kind: Host" in text else f"{host}---\n{text}")
            found.append(load(folder))
    return found


def test_all_examples_load_and_say_what_the_page_says(tmp_path: Path) -> None:
    modes, by_effect, weekly, rolled = examples(tmp_path)
    (database,) = modes.resources.values()
    assert (modes.fleet.mode, modes.hosts["hv1"].mode, database.mode) == (
        Mode.ENFORCE,
        Mode.OBSERVE,
        Mode.SUSPENDED,
    )
    (window,) = by_effect.hosts["hv1"].windows
    assert window.effects == (Effect.RESTART, Effect.MIGRATE)
    assert (window.cron, window.duration, window.timezone) == ("0 2 * * sat", 7200, "Europe/Berlin")
    (web,) = weekly.resources.values()
    assert [(each.effects, each.duration) for each in web.policy.windows] == [((), 7200)]
    rollout = rolled.fleet.rollout
    assert rollout is not None
    assert rollout.canaries == (Address(Kind.DOMAIN, "web"),)
    assert (rollout.most_down("web"), rollout.batch_of("web"), rollout.pause) == (1, 20, 300)
