"""The job for GitLab in examples/ci does what it says, with stand-ins for what reaches the forge; the one for
GitHub is tested with its action."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.reconciler.cli.conftest import lab, shop
from tests.reconciler.cli.lab import Lab
from tests.support.policy import policy
from tests.support.repositories import Upstream

__all__ = ["lab", "shop"]

EXAMPLES = Path(__file__).parents[1] / "examples" / "ci"
FORGE = """#!/bin/sh
echo $* >> "$CALLS"
case "$*" in *"$LIST"*) [ -z "$KNOWN" ] || echo "$KNOWN";; esac
"""


def job(name: str) -> Any:
    return yaml.safe_load((EXAMPLES / name).read_text())


def gitlab() -> str:
    (script,) = job("gitlab.yml")["virt-reconcile"]["script"]
    return str(script)


@pytest.fixture
def repository(shop: Lab) -> Upstream:
    """What a forge has: the base, and the pull request's commit."""
    made = Upstream(shop.tree)
    made.commit({}, "base")
    made.git("checkout", "--quiet", "-b", "change")
    shop.guest("web", memory="2GiB")
    made.commit({}, "change")
    made.git("update-ref", "refs/pull/7/head", "HEAD")
    made.git("checkout", "--quiet", "main")
    return made


@pytest.mark.parametrize("known", ["", "42"])
def test_gitlab_has_its_note_once_and_then_changed(
    known: str, shop: Lab, repository: Upstream, tmp_path: Path
) -> None:
    base, head = (repository.git("rev-parse", name) for name in ("main", "change"))
    work, programs = tmp_path / "work", tmp_path / "bin"
    subprocess.run(["git", "clone", "--quiet", repository.url, str(work)], check=True)
    programs.mkdir()
    (tmp_path / "policy").mkdir()
    (programs / "curl").write_text(FORGE)
    (programs / "jq").write_text("#!/bin/sh\ncat\n")
    (programs / "virt-reconcile").write_text(
        f'#!/bin/sh\nexec {sys.executable} -m reconciler.cli.main "$@"\n'
    )
    for program in programs.iterdir():
        program.chmod(0o755)
    allowed = policy(tmp_path / "policy", f'hosts: {{uris: ["{shop.uri()}"]}}\n')
    given = {
        "PATH": f"{programs}:{os.environ['PATH']}", "CALLS": str(tmp_path / "calls"), "LIST": "per_page",
        "KNOWN": known, "POLICY": str(allowed), "STATE": str(tmp_path / "state.db"), "TREE": ".",
        "BASE": base, "HEAD": head, "NUMBER": "7", "GITHUB_OUTPUT": str(tmp_path / "output"),
        "GITHUB_REPOSITORY": "a/b", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main", "CI_COMMIT_SHA": head,
        "CI_API_V4_URL": "https://x", "CI_PROJECT_ID": "1", "CI_MERGE_REQUEST_IID": "7",
        "VIRT_RECONCILE_TOKEN": "hunter2", "PYTHONPATH": str(EXAMPLES.parents[1]),
    }  # fmt: skip
    subprocess.run(["git", "-C", str(work), "fetch", "--quiet", "origin", "change"], check=True)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", gitlab()],
        cwd=work, env=os.environ | given, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    comment = (work / "comment.md").read_text()
    assert "| `Domain/web` | `hv1` |" in comment
    calls = (tmp_path / "calls").read_text().splitlines()
    assert len(calls) == 2
    assert ("/42" in calls[1], any(word in calls[1] for word in ("PATCH", "PUT"))) == (bool(known),) * 2
    assert "hunter2" not in "\n".join(calls)
