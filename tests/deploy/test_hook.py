"""The hook for pre-commit, as its real program runs it in a repository of someone's own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.deploy.repository import ROOT
from tests.docs.page import read_page

PAGE = read_page(ROOT / "docs/running.md")
BAD = "apiVersion: virt-reconcile/v1\nkind: Domain\nmetadata: {name: web}\nspec: {memory: 1GiB, vcpu: 2}\n"


class Repository:
    """A tree in git, with this project's hook as its users name it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "fleet"
        self.environment = os.environ | {
            "HOME": str(folder), "PRE_COMMIT_HOME": str(folder / "cache"), "PRE_COMMIT_COLOR": "never",
            "GIT_AUTHOR_NAME": "vera", "GIT_AUTHOR_EMAIL": "vera@example.org",
            "GIT_COMMITTER_NAME": "vera", "GIT_COMMITTER_EMAIL": "vera@example.org",
            "PATH": f"{folder / 'bin'}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT),
        }  # fmt: skip
        program = folder / "bin/virt-reconcile"
        program.parent.mkdir()
        program.write_text(f'#!/bin/sh\nexec {sys.executable} -m reconciler.cli.main "$@"\n')
        program.chmod(0o755)
        (self.folder / "lab").mkdir(parents=True)
        shutil.copytree(ROOT / "examples/first", self.folder / "lab", dirs_exist_ok=True)
        self.run("git", "init", "--quiet", "--initial-branch=main")

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, cwd=self.folder, env=self.environment, check=False, text=True, timeout=60,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def commit(self) -> subprocess.CompletedProcess[str]:
        self.run("git", "add", "--all")
        return self.run("git", "commit", "--quiet", "--message", "change")


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path)


@pytest.fixture
def ours(repository: Repository, tmp_path: Path) -> Path:
    """This project at some commit, with as much of it as pre-commit reads when it does not install."""
    folder = tmp_path / "virt-reconcile"
    folder.mkdir()
    shutil.copy(ROOT / ".pre-commit-hooks.yaml", folder)
    for command in ("init --quiet", "add --all", "commit --quiet --message hooks"):
        done = subprocess.run(["git", *command.split()], cwd=folder, env=repository.environment, check=False)
        assert done.returncode == 0
    return folder


def test_pre_commit_lets_no_invalid_tree_pass(repository: Repository, ours: Path) -> None:
    """`language: system` takes the program that is installed; else pre-commit installs one for itself."""
    hook = {"id": "virt-reconcile-validate", "args": ["lab"], "language": "system"}
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ours, capture_output=True, text=True, check=True)
    given = {"repos": [{"repo": str(ours), "rev": head.stdout.strip(), "hooks": [hook]}]}
    (repository.folder / ".pre-commit-config.yaml").write_text(yaml.safe_dump(given))
    pre_commit = (sys.executable, "-m", "pre_commit")
    checked = repository.run(*pre_commit, "validate-manifest", str(ours / ".pre-commit-hooks.yaml"))
    assert checked.returncode == 0, checked.stdout
    assert repository.run(*pre_commit, "install").returncode == 0
    good = repository.commit()
    assert good.returncode == 0, good.stdout
    assert "virt-reconcile validate" in good.stdout
    (repository.folder / "lab/web.yaml").write_text(BAD)
    bad = repository.commit()
    assert bad.returncode != 0
    assert "web.yaml:4:22: unknown key 'vcpu'; did you mean 'vcpus'?" in bad.stdout
    (repository.folder / "README.md").write_text("Our guests.\n")
    repository.run("git", "reset", "--quiet", "--hard")
    (repository.folder / "README.md").write_text("Our guests.\n")
    assert "no files to check" in repository.commit().stdout


def test_the_hook_for_git_alone_checks_what_is_committed_and_not_what_lies_there(
    repository: Repository,
) -> None:
    (script,) = (block.text for block in PAGE.blocks if block.text.startswith("#!/bin/sh\n"))
    hook = repository.folder / ".git/hooks/pre-commit"
    hook.write_text(script)
    hook.chmod(0o755)
    assert repository.commit().returncode == 0
    (repository.folder / "lab/web.yaml").write_text(BAD)
    assert "unknown key 'vcpu'" in repository.commit().stdout
    assert repository.run("git", "status", "--short").stdout == "A  lab/web.yaml\n"
    (repository.folder / "lab/web.yaml").unlink()
    assert "unknown key 'vcpu'" in repository.run("git", "commit", "--message", "x").stdout
