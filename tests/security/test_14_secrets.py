"""14. Secrets: their sources are bounded, and what holds them in documents is told, stored and shown never."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from reconciler.execute import bounded
from reconciler.execute.secrets import SecretError, read_secret
from specs import load_cached
from specs.desired import SecretSource
from specs.diagnostics import InvalidTree

CANARY = "canary-7c1f-4e2a"


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded, "TIMEOUT", 1.5)


@pytest.mark.parametrize("name", ["fifo", "/dev/zero", "/dev/tty", ".", "huge"])
def test_only_a_regular_file_of_a_secrets_size_is_read(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / "fifo")
    with (tmp_path / "huge").open("wb") as file:
        file.truncate(1 << 40)
    began = time.monotonic()
    with pytest.raises(SecretError) as told:
        read_secret(SecretSource(file=name), str(tmp_path))
    assert name in str(told.value)
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    "command",
    [
        ("sh", "-c", "yes"),
        ("sh", "-c", "sleep 60"),
        ("sh", "-c", "sleep 60 & echo x"),
        ("sh", "-c", "exec >&-; sleep 60"),
        ("sh", "-c", "head -c 2000000 /dev/zero"),
        ("sh", "-c", f"echo {CANARY} >&2; echo {CANARY}; exit 3"),
        ("./missing",),
        ("a\0b",),
    ],
)
def test_a_command_is_bounded_and_its_words_are_not_repeated(
    tmp_path: Path, command: tuple[str, ...], capfd: pytest.CaptureFixture[str]
) -> None:
    began = time.monotonic()
    with pytest.raises(SecretError) as told:
        read_secret(SecretSource(command=command), str(tmp_path))
    assert CANARY not in str(told.value)
    assert time.monotonic() - began < 5
    shown = capfd.readouterr()
    assert CANARY not in shown.out + shown.err


def test_what_a_command_started_ends_with_it(tmp_path: Path) -> None:
    command = ("sh", "-c", "sleep 300 >/dev/null 2>&1 & echo $! > child; echo value")
    assert read_secret(SecretSource(command=command), str(tmp_path)) == b"value"
    child = (tmp_path / "child").read_text().strip()
    until = time.monotonic() + 5
    while _runs(child) and time.monotonic() < until:
        time.sleep(0.05)
    assert not _runs(child)


def _runs(pid: str) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_command_reads_nothing(tmp_path: Path) -> None:
    assert read_secret(SecretSource(command=("sh", "-c", "cat; echo done")), str(tmp_path)) == b"done"


@pytest.mark.parametrize(
    ("value", "column"),
    [
        ("{command: []}", 20),
        ("{command: ''}", 20),
        ("{command: [pass, '']}", 27),
        ("{file: ''}", 17),
        ("{env: ' '}", 16),
    ],
)
def test_sources_that_name_nothing_are_refused_where_they_stand(
    tmp_path: Path, value: str, column: int
) -> None:
    (tmp_path / "a.yaml").write_text(
        "apiVersion: virt-reconcile/v1\nkind: Host\nmetadata: {name: hv1}\nspec: {uri: 'sim:///x'}\n---\n"
        "apiVersion: virt-reconcile/v1\nkind: Secret\nmetadata: {name: s}\nspec:\n"
        f"  value: {value}\n"
    )
    with pytest.raises(InvalidTree) as told:
        load_cached(tmp_path, {}, None)
    (problem,) = told.value.problems
    assert str(problem).startswith(f"a.yaml:10:{column}: "), str(problem)
