"""What pyproject.toml asks for, per lock file."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import Any

from packaging.requirements import Requirement

from tests.locks.files import ROOT, LockFile


def declared(lock: LockFile) -> list[Requirement]:
    """The direct requirements that a lock file is made of."""
    document = tomllib.loads((ROOT / "pyproject.toml").read_text())
    project = document["project"]
    texts = list(document["build-system"]["requires"]) if lock.build else []
    if lock.project:
        texts += project["dependencies"]
    requirements = [Requirement(text) for text in texts]
    for extra in lock.extras:
        requirements += _of_extra(project, extra)
    return requirements


def _of_extra(project: dict[str, Any], extra: str) -> Iterator[Requirement]:
    """An extra may be made of others: `virt-reconcile[server]`."""
    for text in project["optional-dependencies"][extra]:
        requirement = Requirement(text)
        if requirement.name != project["name"]:
            yield requirement
            continue
        for other in sorted(requirement.extras):
            yield from _of_extra(project, other)
