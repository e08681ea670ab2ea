"""--version: this, what it runs on, and where it comes from."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

_NAME = "virt-reconcile"
_ROOT = Path(__file__).parents[2]


def version_lines() -> Iterator[str]:
    """What a report of a fault should begin with."""
    commit = _commit()
    yield f"{_NAME} {own_version()}" + (f" (commit {commit})" if commit else "")
    yield f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    yield _libvirt()


def own_version() -> str:
    """The version that is installed."""
    try:
        return distribution(_NAME).version
    except PackageNotFoundError:  # run from a folder that nobody installed
        return "(not installed)"


def _commit() -> str:
    """The commit of a working copy, or of the repository that it was installed from; '' if nobody knows."""
    if (_ROOT / ".git").exists() and (_ROOT / "pyproject.toml").exists():
        from reconciler.inputs.sources import commit_of

        return commit_of(_ROOT)[:12]
    try:
        told = distribution(_NAME).read_text("direct_url.json")
    except PackageNotFoundError:
        return ""
    return str(json.loads(told or "{}").get("vcs_info", {}).get("commit_id", ""))[:12]


def _libvirt() -> str:
    from drivers.base.registry import libvirt_version

    missing = "none: its binding is not installed (pip install 'virt-reconcile[libvirt]')"
    return f"libvirt {libvirt_version() or missing}"
