"""Every command line of ours that is told anywhere is taken by the program; scripts are ones of a shell."""

from __future__ import annotations

import re
import subprocess

import pytest

from tests.docs import ROOT
from tests.docs.commands import of_code, of_pages, of_prose, of_script, wrong_with
from tests.docs.page import Block, blocks


def test_every_command_line_on_the_pages_is_one() -> None:
    found = [(where, words) for where, words in of_pages()]
    assert len(found) > 60
    assert [(where, " ".join(words), wrong) for where, words in found if (wrong := wrong_with(words))] == []


def test_every_command_line_in_prose_messages_examples_and_deployment_is_one() -> None:
    found = [*of_prose(), *of_code()]
    assert len(found) > 20
    wrong = [(where, " ".join(words), wrong_with(words, in_a_sentence=True)) for where, words in found]
    assert [each for each in wrong if each[2]] == []


@pytest.mark.parametrize(
    ("script", "wrong"),
    [
        ("virt-reconcile plan lab --detailed-exitcode > plan.txt", ""),
        ("sudo X=1 ~/vr/bin/virt-reconcile apply lab --yes && echo", ""),
        ("virt-reconcile plann lab", "no command"),
        ("cd x; virt-reconcile plan lab --dtailed", "No such option"),
        ("virt-reconcile init one two", "unexpected extra"),
        ("virt-reconcile console", "Missing argument"),
        ("virt-reconcile apply --parallel", "requires an argument"),
    ],
)
def test_a_line_that_is_none_is_found(script: str, wrong: str) -> None:
    (words,) = of_script(script)
    assert wrong in wrong_with(words)
    assert bool(wrong) == bool(wrong_with(words))


def test_every_script_is_one_of_a_shell() -> None:
    for block in blocks("sh", "console"):
        done = subprocess.run(
            ["bash", "-n"], input=_script(block), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{block}: {done.stderr}"


def test_what_is_not_run_says_why() -> None:
    assert [str(block) for block in blocks("sh") if not {"run", "not-run"} & block.said.keys()] == []
    why = {str(block): block.said.get("not-run", "why") for block in blocks("sh", "console")}
    assert [block for block, reason in why.items() if not reason] == []
    named = [test for reason in why.values() for test in re.findall(r"tests/\S+\.py", reason)]
    assert [test for test in named if not (ROOT / test).exists()] == []


def _script(block: Block) -> str:
    if block.language == "sh":
        return block.text
    return "\n".join(line[2:] for line in block.text.splitlines() if line.startswith("$ "))
