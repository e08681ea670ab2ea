"""What tests need of Debian's packages without installing them, fetched and unpacked once a machine."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from tests.support.errors import MissingComponent

_FORMAT = "4"  # of what is cached; another number builds it anew


def cache_folder() -> Path:
    """Where what is expensive to make is kept between sessions."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "virt-reconcile-tests"


def cache_of(name: str) -> Path:
    """The folder of what is kept under a name."""
    return cache_folder() / f"{name}-{_FORMAT}"


def cached(name: str, build: Callable[[Path, Path], None]) -> Path:
    """A folder that is built once, and never seen half built: `build` gets one to work in, and the new."""
    folder = cache_of(name)
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{name}-") as work:
            made = Path(work) / "made"
            made.mkdir()
            build(Path(work), made)
            if not folder.exists():
                made.rename(folder)
    return folder


def unpack(work: Path, into: Path, package: str) -> None:
    """Fetches a package and unpacks it."""
    fetched = work / f"{package}.fetched"
    fetched.mkdir(exist_ok=True)
    run(["apt-get", "-o", "APT::Sandbox::User=root", "download", package], cwd=fetched)
    run(["dpkg", "-x", str(next(fetched.glob("*.deb"))), str(into)])


def run(command: Iterable[str], cwd: Path | None = None) -> str:
    """What a program of Debian's says; MissingComponent where there is none, or it fails."""
    words = list(command)
    try:
        done = subprocess.run(words, cwd=cwd, capture_output=True, text=True, timeout=300, check=True)
    except FileNotFoundError as error:
        raise MissingComponent(f"no program {words[0]}") from error
    except subprocess.CalledProcessError as error:
        raise MissingComponent(f"`{' '.join(words)}` failed: {error.stderr.strip()}") from error
    return done.stdout
