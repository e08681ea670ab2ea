"""What pyproject.toml asks for, per lock file."""

from __future__ import annotations

import tomllib

from packaging.requirements import Requirement

from tests.locks.files import ROOT, LockFile


def declared(lock: LockFile) -> list[Requirement]:
    """The direct requirements that a lock file is made of."""
    document = tomllib.loads((ROOT / "pyproject.toml").read_text())
    project = document["project"]
    texts = list(document["build-system"]["requires"]) if lock.build else []
    if lock.project:
        texts += project["dependencies"]
    for extra in lock.extras:
        texts += project["optional-dependencies"][extra]
    return [Requirement(text) for text in texts]
