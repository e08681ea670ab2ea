"""-o: one result in five forms, the same for every command that shows something."""

from __future__ import annotations

import json

import pytest
import yaml

from reconciler.report.forms import fenced, markdown_table, yaml_of
from tests.reconciler.cli.lab import Lab

SHOWING = (
    "plan",
    "diff",
    "status",
    "hosts",
    "history",
    "commits",
    "decisions",
    "validate",
    "rebalance",
    "apply",
)
WIDE = ("status", "hosts")


def test_every_command_that_shows_something_has_all_forms(shop: Lab) -> None:
    """Data says the same as JSON and as YAML; tables are Markdown's; wide is where there is more."""
    for command in SHOWING:
        more = ("--yes",) if command == "apply" else ()
        as_json, as_yaml = (shop(command, "TREE", *more, "-o", form) for form in ("json", "yaml"))
        assert as_json.json.keys() == yaml.safe_load(as_yaml.out).keys(), command
        for said in (as_json, as_yaml):
            assert (said.code, said.err if command != "apply" else "") == (0, ""), command
        wide = shop(command, "TREE", *more, "-o", "wide")
        assert (wide.code == 0) is (command in WIDE), command
        assert shop(command, "TREE", *more, "-o", "markdown").code == 0
    assert shop("status", "TREE", "-o", "markdown").out.splitlines()[:2] == [
        "| RESOURCE | STATUS | HOST | IS | LAST |",
        "| --- | --- | --- | --- | --- |",
    ]
    assert "| `apply" in shop("history", "TREE", "-o", "markdown").out
    shop.guest("web", memory="2GiB")
    assert shop("diff", "TREE", "-o", "markdown").out.startswith("```diff\n--- ")
    applied = shop("apply", "TREE", "--yes", "-o", "markdown").out
    assert applied.startswith("<!-- virt-reconcile -->\n### virt-reconcile")
    assert "| ACTION | RESULT | MESSAGE |\n| --- | --- | --- |\n| `define Domain/web` | `done` |" in applied
    shop.write("bad.yaml", "kind: Domian\n")
    assert shop("validate", "TREE", "-o", "yaml").code == 3
    assert "files are invalid" in shop("validate", "TREE", "-o", "markdown").out


@pytest.mark.parametrize(
    "text", ["a\x1b[31mred", "left\u202eright", "two\nlines\ttab", "Tschüß 漢字", "", "yes", "1_000"]
)
def test_what_others_wrote_is_the_same_in_yaml_and_moves_no_cursor(text: str) -> None:
    written = yaml_of(json.dumps({"value": [text]}))
    assert yaml.safe_load(written) == {"value": [text]}
    assert all(line.isprintable() for line in written.split("\n"))


def test_nothing_ends_a_cell_or_a_fence() -> None:
    *_, row = markdown_table(("A", "B"), [("x|`y`", "@someone")])
    assert row == "| `` x\\|`y` `` | `@someone` |"
    assert next(fenced(["````", "<b>"])) == "`````text"
