"""Renews the lock files: `python -m tests.locks`, with `--upgrade` to the newest versions allowed.

Needs uv (`pip install --require-hashes -r locks/upkeep.lock`) and the package index. Without --upgrade,
what is locked stays where pyproject.toml still allows it.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from tests.locks.declared import declared
from tests.locks.files import ALL, ROOT, LockFile
from tests.locks.read import DIRECT, SHARED

PYTHON = "3.11"
"""The oldest Python that is locked for; newer ones are too."""

REST_DAYS = 7

_HEAD = "# {what}. Renew: python -m tests.locks [--upgrade]. Never edited by hand.\n"


def main() -> int:
    options = argparse.ArgumentParser(prog="python -m tests.locks", description=__doc__)
    options.add_argument("--upgrade", action="store_true", help="to the newest versions allowed")
    upgrade = options.parse_args().upgrade
    for lock in ALL:
        renew(lock, upgrade=upgrade)
        print(f"{lock.path} renewed")
    return 0


def renew(lock: LockFile, *, upgrade: bool) -> None:
    """Writes one lock file; what it has to be like is renewed before."""
    with tempfile.TemporaryDirectory() as folder:
        asked = Path(folder) / DIRECT
        asked.write_text("".join(f"{requirement}\n" for requirement in declared(lock)))
        command = [_uv(), "pip", "compile", DIRECT, "--universal", "--python-version", PYTHON]
        command += ["--generate-hashes", "--no-header", "--no-config", "--quiet"]
        command += ["--output-file", str(lock.file)]
        if lock.like:
            shutil.copy(ROOT / lock.like, Path(folder) / SHARED)  # its path is told in the file
            command += ["--constraint", SHARED]
        command += ["--exclude-newer", _rested().isoformat()]
        command += ["--upgrade"] if upgrade else []
        subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    what = " and ".join(filter(None, ("the project" if lock.project else "", *lock.extras))) or "building"
    lock.file.write_text(_HEAD.format(what=what.capitalize()) + lock.file.read_text())


def _rested() -> date:
    """The last day whose uploads are taken: most malicious releases are found and withdrawn within days."""
    return datetime.now(UTC).date() - timedelta(days=REST_DAYS)


def _uv() -> str:
    beside = Path(sys.executable).parent / "uv"
    found = str(beside) if beside.exists() else shutil.which("uv")
    if not found:
        sys.exit("uv is needed: pip install --require-hashes -r locks/upkeep.lock")
    return found


if __name__ == "__main__":
    sys.exit(main())
