"""What the cmdlets share: what they are called with, and the errors that Hyper-V gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tests.support.hyperv.model import HyperVModel, ModelMachine
from tests.support.hyperv.values import PowerShellError, Thing, listed

Given = Mapping[str, Any]
Body = Callable[[HyperVModel, Given], list[Any]]

_NAMED = {
    "notfound": "ObjectNotFound",
    "invalidparameter": "InvalidArgument",
    "invalidstate": "InvalidOperation",
    "operationfailed": "NotSpecified",
    "accessdenied": "PermissionDenied",
}


def failure(cmdlet: str, id_: str, message: str, category: str = "") -> PowerShellError:
    """An error as the module writes it: 'InvalidState,Microsoft.HyperV.PowerShell.Commands.SetVM'."""
    told = category or _NAMED.get(id_.lower(), id_)
    return PowerShellError(
        f"{id_},Microsoft.HyperV.PowerShell.Commands.{cmdlet.replace('-', '')}", told, message
    )


def machines_of(model: HyperVModel, cmdlet: str, given: Given) -> list[ModelMachine]:
    """The machines that -VM names. One that went meanwhile, or that cannot be read, is an error."""
    found = []
    for thing in listed(given["vm"]):
        machine = next((each for each in model.machines if each.id == str(thing.get("Id"))), None)
        if machine is None or machine.name in model.broken:
            name = machine.name if machine else thing.get("Name")
            raise failure(
                cmdlet,
                "ObjectNotFound",
                "Hyper-V encountered an error trying to access an object on computer 'HV1' because the object"
                f" was not found ({name}).",
            )
        found.append(machine)
    return found


def machine_of(model: HyperVModel, cmdlet: str, given: Given) -> ModelMachine:
    """The one machine that -VM names."""
    (machine,) = machines_of(model, cmdlet, given)
    return machine


def part_of(given: Given, name: str) -> Thing:
    """The part that a parameter names."""
    thing = given[name]
    assert isinstance(thing, Thing), f"-{name} takes an object"
    return thing


def owner_of(model: HyperVModel, cmdlet: str, thing: Thing) -> ModelMachine:
    """The machine that a part belongs to."""
    machine = next((each for each in model.machines if each.id == str(thing.get("VMId"))), None)
    if machine is None:
        raise failure(cmdlet, "ObjectNotFound", "Hyper-V was unable to find the virtual machine.")
    return machine


def must_be_off(cmdlet: str, machine: ModelMachine, what: str) -> None:
    """Refuses to change what is fixed while a machine runs, or is saved."""
    if not machine.off:
        raise failure(
            cmdlet,
            "InvalidState",
            f"Failed to modify {what} of '{machine.name}'. The operation cannot be performed while the object"
            " is in its current state.",
        )
