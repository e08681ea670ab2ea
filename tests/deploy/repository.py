"""A copy of the repository as it stands, for builds that write where they build."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def files() -> list[str]:
    """What git has, and what is about to be added."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [name for name in listed.splitlines() if (ROOT / name).is_file()]


def copied(folder: Path) -> Path:
    """The repository once more, in that folder."""
    for name in files():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    return folder


def built(what: str, source: Path, into: Path) -> Path:
    """A `wheel` or an `sdist` of a source folder, by what its own pyproject.toml names."""
    into.mkdir(exist_ok=True)
    code = (
        f"import sys; sys.path.insert(0, 'deploy/wheel'); import backend; backend.build_{what}({str(into)!r})"
    )
    done = subprocess.run(
        [sys.executable, "-B", "-c", code],
        cwd=source, check=False, capture_output=True, text=True,
        env={"PATH": "/usr/bin:/bin", "SOURCE_DATE_EPOCH": "1700000000"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (archive,) = into.iterdir()
    return archive
