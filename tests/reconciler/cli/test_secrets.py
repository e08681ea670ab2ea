"""Values of secrets reach the host and nothing else."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.reconciler.cli.lab import Lab
from tests.support.policy import trusting


@pytest.fixture(autouse=True, scope="module")
def _trusting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The controller lets these trees read secrets and images outside of them."""
    with trusting(tmp_path_factory.mktemp("policy")):
        yield


FIRST, SECOND = "s3cr3t-alpha-7391", "s3cr3t-omega-1937"
SOURCES = ["{env: SHOP_KEY}", "{file: ../key}", "{command: [cat, ../key]}"]


def declare(lab: Lab, source: str) -> None:
    lab.write(
        "key.yaml",
        "apiVersion: virt-reconcile/v1\nkind: Secret\nmetadata: {name: key}\n"
        f"spec: {{host: hv1, usage: {{type: ceph}}, value: {source}}}\n",
    )


def give(lab: Lab, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    (lab.path / "key").write_text(value + "\n")
    monkeypatch.setenv("SHOP_KEY", value)


def on_host(lab: Lab) -> bytes | None:
    driver = lab.driver()
    try:
        return driver.lifecycle.secret_value("ceph:key")
    finally:
        driver.close()


def leaks(folder: Path, *values: str) -> list[str]:
    """The files that hold a value, plain or in base64, except for the host's own and the source."""
    spellings = [s for v in values for s in (v.encode(), base64.b64encode(v.encode()))]
    return [
        str(file)
        for file in folder.rglob("*")
        if file.is_file()
        and not file.name.startswith("sim.db")
        and file.name != "key"
        and any(s in file.read_bytes() for s in spellings)
    ]


@pytest.mark.parametrize("source", SOURCES)
def test_a_value_is_set_and_never_shown(lab: Lab, monkeypatch: pytest.MonkeyPatch, source: str) -> None:
    declare(lab, source)
    said = []
    for value in (FIRST, SECOND):
        give(lab, monkeypatch, value)
        plan = str(lab.path / "saved.json")
        said.append(lab("plan", "TREE", "-v", "--out", plan))
        assert "set-value" in said[-1].out
        said.append(lab("plan", "TREE", "-o", "json"))
        said.append(lab("diff", "TREE"))
        said.append(lab("apply", "--plan", plan, "--yes", "-v"))
        assert said[-1].code == 0
        assert on_host(lab) == value.encode()
        lab.assert_converged()
        again = lab("apply", "TREE", "--yes", "-o", "json")
        assert again.json["outcomes"] == []
        said += [again, lab("status", "TREE", "-o", "json"), lab("history", "TREE", "--run", "1")]
    assert leaks(lab.path, FIRST, SECOND) == []
    for one in said:
        assert FIRST not in one.out + one.err
        assert SECOND not in one.out + one.err


def test_adopting_a_host_shows_no_value(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    declare(lab, SOURCES[0])
    give(lab, monkeypatch, FIRST)
    lab.applied()
    assert lab("adopt", "--host", lab.uri(), "--to", str(lab.path / "adopted")).code == 0
    assert leaks(lab.path, FIRST) == []


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("{env: SHOP_NO_SUCH}", "the environment variable SHOP_NO_SUCH is not set"),
        ("{file: ../nothing}", "the file ../nothing cannot be read"),
        ("{command: [sh, -c, 'echo s3cr3t-alpha-7391; exit 3']}", "the command 'sh' failed with exit code 3"),
        ("{command: [no-such-command]}", "the command 'no-such-command' cannot be run"),
    ],
)
def test_a_value_that_cannot_be_had_is_told_without_it(lab: Lab, source: str, told: str) -> None:
    declare(lab, source)
    planned = lab("plan", "TREE")
    assert planned.code == 0
    assert told in planned.out
    applied = lab("apply", "TREE", "--yes")
    assert told in applied.out + applied.err
    assert FIRST not in planned.out + planned.err + applied.out + applied.err
    assert on_host(lab) is None


def test_a_value_that_was_set_stays_while_its_source_is_gone(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare(lab, SOURCES[0])
    give(lab, monkeypatch, FIRST)
    lab.applied()
    monkeypatch.delenv("SHOP_KEY")
    said = lab("plan", "TREE", "--detailed-exitcode")
    assert said.code == 0
    assert "SHOP_KEY is not set" in said.out
    assert on_host(lab) == FIRST.encode()
