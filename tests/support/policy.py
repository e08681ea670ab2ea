"""Policies of the controller for tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from specs.guard import Guard
from specs.guard.guard import ImageRules, SecretRules
from specs.guard.reading import VARIABLE

TRUSTING = Guard(
    secrets=SecretRules(
        commands=(("cat", "*"), ("echo", "*"), ("sh", "-c", "*"), ("no-such-command",)),
        env=("*",),
        folders=("/",),
    ),
    images=ImageRules(folders=("/",)),
)
"""For tests whose trees read secrets and images of this machine."""

_TRUSTING = """\
apiVersion: virt-reconcile/v1
kind: ControllerPolicy
secrets:
  commands: [[cat, "*"], [echo, "*"], [sh, -c, "*"], no-such-command]
  env: "*"
  folders: [/]
images: {folders: [/]}
"""


def policy(folder: Path, text: str = "", name: str = "policy.yaml") -> Path:
    """A policy file with these rules, which nobody else may write to."""
    path = folder / name
    head = "apiVersion: virt-reconcile/v1\nkind: ControllerPolicy\n"
    path.write_text(text if text.startswith("apiVersion") else head + text)
    path.chmod(0o600)
    return path


@contextmanager
def trusting(folder: Path) -> Iterator[None]:
    """Within it, all commands have a policy that trusts the tree with secrets and images."""
    before = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = str(policy(folder, _TRUSTING))
    try:
        yield
    finally:
        if before is None:
            del os.environ[VARIABLE]
        else:
            os.environ[VARIABLE] = before
