"""C16: what is installed is what was tested: pinned, hashed, and in step with pyproject.toml."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from tests.audit import offline
from tests.locks.declared import declared
from tests.locks.files import ALL, BUILD, ROOT, RUN, TEST, UPKEEP, LockFile
from tests.locks.read import DIRECT, Locked, read_lock

files = pytest.mark.parametrize("lock", ALL, ids=lambda lock: lock.path)


@files
def test_what_is_declared_is_locked_and_allowed(lock: LockFile) -> None:
    locked = {one.name: one for one in read_lock(lock.file)}
    for requirement in declared(lock):
        name = canonicalize_name(requirement.name)
        assert name in locked, f"{lock.path} lacks {name}: python -m tests.locks"
        assert locked[name].version in requirement.specifier, f"{lock.path}: {requirement}"


@files
def test_nothing_is_locked_that_nobody_asks_for(lock: LockFile) -> None:
    """A dependency that left pyproject.toml leaves the lock files too."""
    locked = read_lock(lock.file)
    direct = {one.name for one in locked if DIRECT in one.asked_by}
    assert direct == {canonicalize_name(requirement.name) for requirement in declared(lock)}
    names = {one.name for one in locked}
    for one in locked:
        assert one.asked_by, one.name
        assert one.asked_by - {DIRECT} <= names, one.name


@files
def test_every_package_is_pinned_once_with_sha256(lock: LockFile) -> None:
    locked = read_lock(lock.file)
    assert locked
    assert offline.problems(locked) == []
    assert max(Counter(one.name for one in _installed(locked)).values()) == 1
    times = Counter(one.name for one in locked)
    assert all(times[one.name] == 1 or one.requirement.marker for one in locked), "one for each Python"
    text = lock.file.read_text()
    assert "--index-url" not in text, "an index is the choice of who installs"
    assert str(ROOT) not in text


def test_what_people_install_is_what_is_tested() -> None:
    """The tests' lock file holds all of the other one, to the hash."""
    tested = {one.name: one for one in read_lock(TEST.file)}
    for one in read_lock(RUN.file):
        assert tested[one.name].requirement == one.requirement
        assert tested[one.name].hashes == one.hashes


def test_the_lock_files_agree_with_each_other() -> None:
    tested = {one.name: one.version for one in read_lock(TEST.file)}
    for one in read_lock(UPKEEP.file):
        assert tested.get(one.name, one.version) == one.version


def test_what_is_installed_here_is_what_is_locked() -> None:
    """CI runs upon the locked versions, and no others."""
    if "CI" not in os.environ:
        pytest.skip("an environment of one's own may be newer")
    for one in read_lock(TEST.file):
        if one.requirement.marker is None or one.requirement.marker.evaluate():
            assert distribution(one.name).version == one.version, one.name


def test_a_changed_file_is_not_installed(tmp_path: Path) -> None:
    """pip refuses what has another hash than the locked one, and what is not locked at all."""
    lock = tmp_path / "x.lock"
    archive = tmp_path / "evil-1.0.tar.gz"
    archive.write_bytes(b"not what was tested")
    lock.write_text("evil==1.0 --hash=sha256:" + "0" * 64 + "\n")
    refused = _install(tmp_path, lock)
    assert refused.returncode != 0
    assert "DO NOT MATCH THE HASHES" in refused.stderr
    lock.write_text("evil==1.0\n")
    assert "Hashes are required" in _install(tmp_path, lock).stderr


def _install(folder: Path, lock: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pip", "--isolated", "download", "--require-hashes", "--no-index"]
    command += ["--find-links", str(folder), "--dest", str(folder / "out"), "-r", str(lock)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def test_what_builds_is_locked_too() -> None:
    """Build isolation would fetch build tools without looking at a hash, so it is switched off."""
    assert {one.name for one in read_lock(BUILD.file)} >= {"setuptools"}
    script = (ROOT / "tests/run").read_text()
    installs = [line for line in script.replace("\\\n", " ").splitlines() if "pip install" in line]
    assert len(installs) == 3
    for line in installs:
        assert "--require-hashes" in line or "--no-deps" in line, line
        assert "--no-build-isolation" in line or BUILD.path in line, line


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a>=1 --hash=sha256:" + "0" * 64, "a: not pinned to one version"),
        ("a==1.* --hash=sha256:" + "0" * 64, "a: not pinned to one version"),
        ("a==1", "a: no hash"),
        ("a==1 --hash=md5:0", "a: a hash that is no SHA-256"),
        ("a @ https://files.example/a.whl --hash=sha256:" + "0" * 64, "a: from an address of its own"),
    ],
)
def test_the_offline_audit_sees_what_is_wrong(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "x.lock"
    file.write_text(text + "\n    # via -r declared\n")
    assert said in offline.problems(read_lock(file))


def test_the_audit_tells_an_unreachable_service_from_a_vulnerability(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from tests.audit import service
    from tests.audit.__main__ import UNKNOWN, VULNERABLE, WELL, main

    flaw = {"id": "PYSEC-1", "fix_versions": ["2"], "aliases": [], "description": ""}
    well = {"name": "a", "version": "1", "vulns": []}
    answers = (
        (json.dumps({"dependencies": [well]}), 0, WELL),
        (json.dumps({"dependencies": [well | {"vulns": [flaw]}]}), 1, VULNERABLE),
        (json.dumps({"dependencies": [well, {"name": "b", "skip_reason": "not found"}]}), 0, UNKNOWN),
        ("ERROR:pip_audit._cli:Could not connect to PyPI's vulnerability feed", 1, UNKNOWN),
        ("", 1, UNKNOWN),
    )
    fake = tmp_path / "fake"
    monkeypatch.setattr(service, "program", lambda: str(fake))
    for said, code, expected in answers:
        fake.write_text(f"#!/bin/sh\ncat <<'.'\n{said}\n.\nexit {code}\n")
        fake.chmod(0o755)
        assert main([]) == expected, said
        output = capsys.readouterr().out
        assert ("could not be asked" in output) == (expected == UNKNOWN)
        assert ("vulnerable: a 1: PYSEC-1, fixed in 2" in output) == (expected == VULNERABLE)


def test_licences_are_known() -> None:
    """Nothing that people install is under a licence that nobody looked at."""
    for one in _installed(read_lock(RUN.file)):
        assert offline.licence_of(one.name), one.name


def _installed(locked: list[Locked]) -> list[Locked]:
    return [one for one in locked if one.requirement.marker is None or one.requirement.marker.evaluate()]
