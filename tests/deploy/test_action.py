"""The action for GitHub, run as it stands in its file upon pull requests; a stand-in for GitHub itself."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.deploy.actions import ActionRun
from tests.deploy.repository import ROOT
from tests.reconciler.cli.conftest import lab, shop
from tests.reconciler.cli.lab import Lab
from tests.support.policy import policy
from tests.support.repositories import Upstream

__all__ = ["lab", "shop"]

ACTION = ROOT / "action.yml"
GH = """#!/bin/sh
echo "$*" >> "$CALLS"
[ -z "$REFUSED" ] || { echo "HTTP 403" >&2; exit 1; }
case "$*" in *--jq*) [ -z "$KNOWN" ] || echo "$KNOWN";; esac
"""
BAD = "apiVersion: virt-reconcile/v1\nkind: Domain\nmetadata: {name: bad}\nspec: {memory: 1GiB, vcpu: 2}\n"


class Forge:
    """A repository with a pull request, and a runner's machine."""

    def __init__(self, shop: Lab, folder: Path) -> None:
        self.shop, self.folder = shop, folder
        self.upstream = Upstream(shop.tree)
        self.base = self.upstream.commit({}, "base")
        (folder / "policy").mkdir()
        (folder / "bin").mkdir()
        self.policy = policy(folder / "policy", f'hosts: {{uris: ["{shop.uri()}"]}}\n')
        programs = {
            "gh": GH,
            "virt-reconcile": f'#!/bin/sh\nexec {sys.executable} -m reconciler.cli.main "$@"\n',
        }
        for name, text in programs.items():
            (folder / "bin" / name).write_text(text)
            (folder / "bin" / name).chmod(0o755)

    def asks(self, files: dict[str, str | None]) -> str:
        """Somebody's pull request."""
        self.upstream.git("checkout", "--quiet", "-B", "change", "main")
        head = self.upstream.commit(files, "change")
        self.upstream.git("update-ref", "refs/pull/7/head", head)
        self.upstream.git("checkout", "--quiet", "main")
        return head

    def run(self, head: str, known: str = "", refused: str = "", **inputs: str) -> ActionRun:
        """What the action does about it, in a checkout of the base."""
        work = self.folder / "work"
        if not work.exists():
            subprocess.run(["git", "clone", "--quiet", self.upstream.url, str(work)], check=True)
        (self.folder / "temp").mkdir(exist_ok=True)
        given = {"policy": str(self.policy), "arguments": f"--state sqlite:///{self.folder}/state.db"}
        return ActionRun(
            ACTION,
            given | {"install": "none"} | inputs,
            {
                "github.event.pull_request.number": "7", "github.event.pull_request.head.sha": head,
                "github.event.pull_request.base.sha": self.base, "github.token": "hunter2",
            },
            {
                "PATH": f"{self.folder / 'bin'}:/usr/bin:/bin", "CALLS": str(self.folder / "calls"),
                "KNOWN": known, "REFUSED": refused, "PYTHONPATH": str(ROOT),
            },
            work, self.folder / "temp",
        ).run()  # fmt: skip

    def calls(self) -> list[str]:
        made = self.folder / "calls"
        return made.read_text().splitlines() if made.exists() else []


@pytest.fixture
def forge(shop: Lab, tmp_path: Path) -> Forge:
    return Forge(shop, tmp_path)


def test_a_plan_is_one_comment_that_changes(forge: Forge) -> None:
    forge.shop.guest("web", memory="2GiB")
    head = forge.asks({})
    first = forge.run(head, plan="true")
    assert first.code == 0, first.log
    assert first.outputs["steps.plan.outputs.changes"] == "true"
    assert "-X POST repos/a/b/issues/7/comments" in forge.calls()[-1]
    forge.run(head, known="42", plan="true")
    assert "-X PATCH repos/a/b/issues/comments/42" in forge.calls()[-1]
    assert "hunter2" not in "".join(forge.calls())
    summary = (forge.folder / "temp/summary.md").read_text()
    assert "| `Domain/web` | `hv1` |" in summary
    assert (Path(first.outputs["steps.files.outputs.folder"]) / "comment.md").read_text() in summary


def test_a_fork_whose_token_may_not_comment_has_its_plan_in_the_summary(forge: Forge) -> None:
    done = forge.run(forge.asks({}), refused="yes", plan="true")
    assert done.code == 0, done.log
    assert "::notice title=virt-reconcile::no comment" in done.log
    assert (forge.folder / "temp/summary.md").read_text().startswith("<!-- virt-reconcile -->")


def test_what_is_wrong_stands_beside_its_line_and_fails_the_job(forge: Forge) -> None:
    """Also when its attributes hide it from archives."""
    head = forge.asks({"bad.yaml": BAD, ".gitattributes": "bad.yaml export-ignore\n"})
    done = forge.run(head)
    assert done.code == 3
    told = (
        "::error file=bad.yaml,line=4,col=22,title=virt-reconcile::unknown key 'vcpu'; did you mean 'vcpus'?"
    )
    assert told in done.log.splitlines()
    assert done.outputs["steps.validate.outputs.valid"] == "false"
    assert forge.calls() == []
    assert not (forge.folder / "work/bad.yaml").exists(), "nothing of it is checked out"


def test_no_file_and_no_message_commands_the_runner(forge: Forge) -> None:
    head = forge.asks({"::error::x.yaml": BAD, "::add-path::y.yaml": f"{BAD}---\n::warning::z: 1\n"})
    done = forge.run(head, plan="true")
    quiet = False
    heard = []
    for line in done.log.splitlines():
        stop = re.fullmatch(r"::stop-commands::(quiet-\w{32})", line)
        if stop and not quiet:
            quiet, word = True, stop[1]
        elif quiet and line == f"::{word}::":
            quiet = False
        elif line.startswith("::") and not quiet:
            heard.append(line)
    assert heard
    assert all(
        re.match(r"::error file=[^,:]+,line=\d+,col=\d+,title=virt-reconcile::", line) for line in heard
    )


def test_the_example_gives_what_the_action_takes() -> None:
    workflow = yaml.safe_load((ROOT / "examples/ci/github.yml").read_text())
    inputs = yaml.safe_load(ACTION.read_text())["inputs"]
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    ours = [step for step in steps if "/virt-reconcile@" in step["uses"]]
    assert len(ours) == len(workflow["jobs"])
    assert all(step["with"].keys() <= inputs.keys() for step in ours)
    assert workflow["jobs"]["validate"]["permissions"] == {"contents": "read"}
