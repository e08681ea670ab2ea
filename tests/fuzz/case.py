"""One case: a subject, a seed, and what is wrong with what came of it."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from random import Random
from unittest import mock

import tenacity

from reconciler.execute import runner as attempt
from reconciler.inputs import secrets
from tests.fuzz import hosts, lines, replies, trees
from tests.fuzz.ground import Ground

SUBJECTS: dict[str, Callable[[Ground], Iterator[str]]] = {
    "trees": trees.run,
    "hosts": hosts.run,
    "replies": replies.run,
    "cli": lines.run,
}
_MEMORY_BACKED = Path("/dev/shm")


@dataclass(frozen=True, slots=True)
class Case:
    """A subject's case of that seed, such as 'trees:7.123'."""

    subject: str
    seed: str

    @classmethod
    def parse(cls, text: str) -> Case:
        subject, _, seed = text.partition(":")
        if subject not in SUBJECTS:
            raise ValueError(f"'{text}' is no case; write one of {', '.join(SUBJECTS)}, a colon and the seed")
        return cls(subject, seed)

    def __str__(self) -> str:
        return f"{self.subject}:{self.seed}"


def work_folder() -> Path:
    """A folder for cases; the caller removes it."""
    place = _MEMORY_BACKED if os.access(_MEMORY_BACKED, os.W_OK) else None
    return Path(tempfile.mkdtemp(prefix="vr-fuzz-", dir=place))


def judged(case: Case, folder: Path) -> list[str]:
    """Runs a case in a folder that does not exist yet; what does not hold. The folder stays."""
    ground = Ground(folder, Random(str(case)))
    here = Path.cwd()
    with ExitStack() as meanwhile:
        meanwhile.callback(os.chdir, here)
        meanwhile.enter_context(mock.patch.object(secrets, "_scrypt", _quick_hash))
        meanwhile.enter_context(mock.patch.dict(os.environ, {"XDG_CACHE_HOME": str(folder / "cache")}))
        meanwhile.enter_context(mock.patch.object(attempt, "wait_random_exponential", _no_pause))
        os.chdir(folder)
        try:
            problems = list(SUBJECTS[case.subject](ground))
        except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever leaves the program is a finding
            where = traceback.format_exc()
            problems = [f"{type(error).__name__} came out: {error}\n{where}"]
    (folder / "said.txt").write_text("".join(
        f"$ virt-reconcile {' '.join(said.arguments)}\n{said.text}[{said.code}]\n" for said in ground.said
    ), errors="replace")  # fmt: skip
    return problems


def remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)


def _no_pause(**_: float) -> tenacity.wait.wait_base:
    """In place of the growing pauses between tries."""
    return tenacity.wait_none()


def _quick_hash(value: bytes, salt: bytes) -> bytes:
    """In place of the slow hash, which would take most of the time."""
    return hashlib.sha256(salt + value).digest()
