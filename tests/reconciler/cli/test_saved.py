"""plan --out and apply --plan."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from drivers.base import Text
from tests.reconciler.cli.lab import Lab


@pytest.fixture
def saved(shop: Lab) -> tuple[Lab, str]:
    """A plan of an edit, saved."""
    shop.applied()
    shop.guest("web", memory="2GiB")
    file = str(shop.path / "saved.json")
    said = shop("plan", "TREE", "--out", file)
    assert said.code == 0
    assert f"apply --plan {file}" in said.err
    return shop, file


def test_a_saved_plan_is_applied(saved: tuple[Lab, str]) -> None:
    shop, file = saved
    said = shop("apply", "--plan", file, "--yes")
    assert said.code == 0, said.err
    shop.assert_converged()


def test_applied_once_it_is_stale(saved: tuple[Lab, str]) -> None:
    shop, file = saved
    assert shop("apply", "--plan", file, "--yes").code == 0
    said = shop("apply", "--plan", file, "--yes")
    assert said.code == 1
    assert "the saved plan is stale: Domain/web changed since" in said.err


def test_it_goes_stale_when_the_host_changes(saved: tuple[Lab, str]) -> None:
    shop, file = saved
    driver = shop.driver()
    driver.live.set_text("db", Text.DESCRIPTION, "moved")
    driver.close()
    said = shop("apply", "--plan", file, "--yes")
    assert said.code == 1
    assert "the saved plan is stale: Domain/db changed since; nothing was done" in said.err
    assert shop("plan", "TREE", "--detailed-exitcode").code == 2


def test_it_goes_stale_when_the_files_change(saved: tuple[Lab, str]) -> None:
    shop, file = saved
    shop.guest("web", memory="3GiB")
    shop.guest("new")
    said = shop("apply", "--plan", file, "--yes")
    assert said.code == 1
    assert "stale: Domain/new, Domain/web changed since" in said.err
    assert "new" not in shop.domains()


@pytest.mark.parametrize("content", ["", "garbage", "{}", "[]", '{"format_version": 1}', "\x00\xff"])
def test_what_is_no_plan_is_refused(shop: Lab, content: str) -> None:
    file = shop.path / "file"
    file.write_text(content)
    said = shop("apply", "--plan", str(file), "--yes")
    assert said.code == 1
    assert f"{file} is no saved plan" in said.err


def test_another_versions_plan_is_refused(saved: tuple[Lab, str]) -> None:
    shop, file = saved
    content = json.loads(Path(file).read_text())
    Path(file).write_text(json.dumps(content | {"format_version": 99}))
    assert "another version" in shop("apply", "--plan", file, "--yes").err


def test_a_missing_file_is_named(shop: Lab) -> None:
    said = shop("apply", "--plan", "/nowhere/plan.json", "--yes")
    assert said.code == 1
    assert "/nowhere/plan.json: No such file or directory" in said.err


def test_it_is_for_its_owner_alone(saved: tuple[Lab, str]) -> None:
    _shop, file = saved
    assert stat.S_IMODE(Path(file).stat().st_mode) == 0o600


def test_options_are_part_of_it(shop: Lab) -> None:
    """--only and --host count again when it is applied."""
    file = str(shop.path / "saved.json")
    assert (
        shop("plan", "TREE", "--only", "Domain/web", "--host", f"hv1={shop.uri('hv9')}", "--out", file).code
        == 0
    )
    assert shop("apply", "--plan", file, "--yes").code == 0
    assert shop.domains("hv9") == {"web": "running"}
    assert shop.domains() == {}
