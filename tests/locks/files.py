"""Which lock files there are, and what each is made of."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class LockFile:
    """One lock file: the extras of the project that it holds, whether the project's own dependencies
    are in it, and the lock file whose versions it has to share."""

    path: str
    extras: tuple[str, ...] = ()
    project: bool = True
    build: bool = False
    like: str = ""

    @property
    def file(self) -> Path:
        return ROOT / self.path


RUN = LockFile(
    "requirements.lock", ("libvirt", "server", "postgres", "oidc", "vbox", "vsphere", "hyperv", "vmware")
)
TEST = LockFile("locks/test.lock", ("libvirt", "test"), like=RUN.path)
UPKEEP = LockFile("locks/upkeep.lock", ("upkeep",), project=False, like=TEST.path)
BUILD = LockFile("locks/build.lock", project=False, build=True)
MUTATION = LockFile("locks/mutation.lock", ("mutation",), project=False, like=TEST.path)
ALL = (RUN, TEST, UPKEEP, BUILD, MUTATION)
