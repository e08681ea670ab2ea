"""Builds wheels and source archives: setuptools does, with the files that are made from the code.

An editable install has none of these, for its code changes; `virt-reconcile completion` prints them.
"""

from __future__ import annotations

import os
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import settled
import shipped
from setuptools import build_meta
from setuptools.build_meta import (
    build_editable,
    get_requires_for_build_editable,
    get_requires_for_build_sdist,
)

__all__ = [
    "build_editable",
    "build_sdist",
    "build_wheel",
    "get_requires_for_build_editable",
    "get_requires_for_build_sdist",
    "get_requires_for_build_wheel",
]


def get_requires_for_build_wheel(config_settings: Any = None) -> list[str]:
    """What the program needs to run, for it prints what is shipped."""
    project = tomllib.loads((shipped.ROOT / "pyproject.toml").read_text())["project"]
    needed: list[str] = project["dependencies"]
    return needed


def build_wheel(
    wheel_directory: str, config_settings: Any = None, metadata_directory: str | None = None
) -> str:
    """A wheel, in which nothing is of an earlier build and no file's mode depends on the builder."""
    with tempfile.TemporaryDirectory() as folder, _configured(Path(folder)):
        name: str = build_meta.build_wheel(wheel_directory, config_settings, metadata_directory)
    settled.wheel(Path(wheel_directory, name))
    return name


def build_sdist(sdist_directory: str, config_settings: Any = None) -> str:
    """What MANIFEST.in says, from which the same wheel is built."""
    name: str = build_meta.build_sdist(sdist_directory, config_settings)
    settled.sdist(Path(sdist_directory, name))
    return name


@contextmanager
def _configured(folder: Path) -> Iterator[None]:
    """Tells setuptools what else to ship, and to leave the source folder as it is."""
    by_place: dict[str, list[str]] = {}
    for place, path in shipped.make_all(folder / "shipped").items():
        by_place.setdefault(str(Path(place).parent), []).append(str(path))
    settings = [
        f"[build]\nbuild_base = {folder}/build",
        f"[egg_info]\negg_base = {folder}",
        "[options.data_files]",
    ]
    settings += [f"{place} = {', '.join(paths)}" for place, paths in by_place.items()]
    file = folder / "setup.cfg"
    file.write_text("\n".join(settings) + "\n")
    os.environ["DIST_EXTRA_CONFIG"] = str(file)
    try:
        yield
    finally:
        del os.environ["DIST_EXTRA_CONFIG"]
