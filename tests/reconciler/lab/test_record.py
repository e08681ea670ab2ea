"""What is kept of a lab."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from reconciler.lab.errors import LabError
from reconciler.lab.holder import Process
from reconciler.lab.record import LabRecord, Member


@pytest.mark.parametrize("process", [None, Process(12, "345", "boot")])
def test_a_record_is_read_as_it_was_written(tmp_path: Path, process: Process | None) -> None:
    record = LabRecord(
        (Member("hv1", "10.0.0.1", ("/a", "/b"), process),), process, True, {"a.yaml": "digest"}
    )
    record.write(tmp_path / "lab.json")
    assert LabRecord.read(tmp_path / "lab.json") == record
    assert [path.name for path in tmp_path.iterdir()] == ["lab.json"]


def test_no_record_is_no_lab(tmp_path: Path) -> None:
    assert LabRecord.read(tmp_path / "lab.json") is None


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"format": 1}', '{"format": 1, "members": [1]}'])
def test_a_file_that_is_no_record_is_said_to_be_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "lab.json").write_text(text)
    with pytest.raises(LabError, match="is not the record of a lab"):
        LabRecord.read(tmp_path / "lab.json")


def test_a_record_of_another_version_is_refused(tmp_path: Path) -> None:
    (tmp_path / "lab.json").write_text(json.dumps({"format": 2}))
    with pytest.raises(LabError, match="another version"):
        LabRecord.read(tmp_path / "lab.json")


def test_a_process_is_known_by_its_start_and_not_by_its_number_alone() -> None:
    ours = Process.of(os.getpid())
    assert ours.lives()
    assert not Process(ours.pid, str(int(ours.started) + 1), ours.boot).lives()
    assert not Process(ours.pid, ours.started, "another boot").lives()


def test_only_the_very_process_is_ended() -> None:
    with subprocess.Popen(["sleep", "60"]) as sleeper:
        known = Process.of(sleeper.pid)
        Process(known.pid, known.started, "another boot").end()
        assert sleeper.poll() is None
        known.end()
        assert sleeper.wait(50) == -9
    known.end()
