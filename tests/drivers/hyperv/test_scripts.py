"""What runs on the host: each script can be parsed, and calls what Microsoft documents with what it takes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from drivers.hyperv.cmdlets import CMDLETS
from drivers.hyperv.scripts import NAMES, bootstrap, script
from drivers.hyperv.steps import step
from tests.support.hyperv.powershell import parsed
from tests.support.hyperv.running import BODIES
from tests.support.hyperv.values import walk

WHOLE = {**{name: script(name) for name in NAMES}, "bootstrap": bootstrap()}


@pytest.mark.parametrize("name", WHOLE)
def test_each_script_is_powershell(name: str) -> None:
    assert not parsed(WHOLE[name]).has_error
    assert WHOLE[name].isascii(), "whatever code page the host reads it with"


@pytest.mark.parametrize("name", WHOLE)
def test_each_cmdlet_is_in_the_table_with_each_of_its_parameters(name: str) -> None:
    tree = parsed(WHOLE[name])
    own = {node.text.decode() for node in walk(tree) if node.type == "function_name"}
    for cmdlet, parameters in _calls(tree):
        if cmdlet not in own:
            assert parameters <= CMDLETS[cmdlet].parameters, cmdlet


def _calls(tree: Any) -> Iterator[tuple[str, set[str]]]:
    for node in walk(tree):
        if node.type != "command":
            continue
        names = [each.text.decode() for each in node.named_children if each.type == "command_name"]
        given = [
            each.text.decode().lstrip("-")
            for part in node.named_children
            if part.type == "command_elements"
            for each in part.named_children
            if each.type == "command_parameter"
        ]
        yield from ((name, set(given)) for name in names)


def test_what_act_may_call_is_what_steps_are_made_of() -> None:
    listed = set(re.findall(r"'([A-Z]\w+-\w+)'", script("act").partition("function")[0]))
    reading = {name for name in CMDLETS if name.startswith("Get-")} | {
        "Test-Path",
        "Receive-Job",
        "Start-Sleep",
    }
    assert listed <= CMDLETS.keys() - reading
    with pytest.raises(LookupError):
        step("Set-VM", Colour="red")
    with pytest.raises(LookupError):
        step("Format-Volume")


def test_the_model_knows_what_the_table_holds_of_the_host() -> None:
    languages = {
        name for name, cmdlet in CMDLETS.items() if cmdlet.module.startswith("microsoft.powershell.utility")
    }
    words = languages | {"Set-StrictMode", "ForEach-Object", "Where-Object"}
    assert CMDLETS.keys() - words <= BODIES.keys()


def test_each_cmdlet_has_a_page() -> None:
    assert CMDLETS["Set-VM"].page == "https://learn.microsoft.com/powershell/module/hyper-v/set-vm"
    assert all(cmdlet.parameters or cmdlet.name.startswith("Get-") for cmdlet in CMDLETS.values())
