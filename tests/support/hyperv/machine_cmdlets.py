"""Machines as wholes: https://learn.microsoft.com/powershell/module/hyper-v/ has a page of each cmdlet."""

from __future__ import annotations

from typing import Any

from tests.support.hyperv.kit import Body, Given, failure, machine_of, machines_of, must_be_off
from tests.support.hyperv.model import MIB, HyperVModel, ModelDrive, ModelMachine, ModelNic
from tests.support.hyperv.values import EnumValue, Thing

_LARGEST = 12 << 40


def thing_of(machine: ModelMachine) -> Thing:
    """What Get-VM gives of a machine."""
    return Thing(
        Id=machine.id,
        Name=machine.name,
        Generation=machine.generation,
        State=EnumValue(machine.state),
        Notes=machine.notes,
        ProcessorCount=machine.processors,
        DynamicMemoryEnabled=machine.dynamic,
        MemoryStartup=machine.startup,
        MemoryMinimum=machine.minimum if machine.dynamic else machine.startup,
        MemoryMaximum=machine.maximum if machine.dynamic else machine.startup,
        AutomaticStartAction=EnumValue(machine.start_action),
        Heartbeat=EnumValue("OkApplicationsUnknown" if machine.state == "Running" else "NoContact"),
    )


def get_vm(model: HyperVModel, given: Given) -> list[Any]:
    if "id" not in given:
        return [thing_of(each) for each in model.machines]
    found = [thing_of(each) for each in model.machines if each.id.lower() == str(given["id"]).lower()]
    if not found:
        raise failure(
            "Get-VM",
            "InvalidParameter",
            f'Hyper-V was unable to find a virtual machine with id "{given["id"]}".',
        )
    return found


def new_vm(model: HyperVModel, given: Given) -> list[Any]:
    generation = int(given.get("generation", 1))
    if generation not in (1, 2):
        raise failure("New-VM", "InvalidParameter", "The generation is not valid.")
    machine = ModelMachine(given["name"], generation, _memory("New-VM", int(given["memorystartupbytes"])))
    machine.nics.append(ModelNic())
    if generation == 1:
        machine.drives.append(ModelDrive("IDE", 1, 0, dvd=True))
    machine.boot = [nic.id for nic in machine.nics] + [drive.id for drive in machine.drives]
    model.machines.append(machine)
    return [thing_of(machine)]


def set_vm(model: HyperVModel, given: Given) -> list[Any]:
    machine = machine_of(model, "Set-VM", given)
    for name, field in {"notes": "notes", "automaticstartaction": "start_action"}.items():
        if name in given:
            setattr(machine, field, given[name])
    return []


def rename_vm(model: HyperVModel, given: Given) -> list[Any]:
    machine_of(model, "Rename-VM", given).name = given["newname"]
    return []


def remove_vm(model: HyperVModel, given: Given) -> list[Any]:
    machine = machine_of(model, "Remove-VM", given)
    if machine.state not in ("Off", "Saved"):
        raise failure(
            "Remove-VM",
            "InvalidState",
            f"The operation cannot be performed while the object '{machine.name}' is in its current state.",
        )
    assert given.get("force"), "without -Force it asks, and nobody is there"
    model.machines.remove(machine)
    return []


def set_vm_memory(model: HyperVModel, given: Given) -> list[Any]:
    machine = machine_of(model, "Set-VMMemory", given)
    dynamic = given.get("dynamicmemoryenabled", machine.dynamic)
    startup = int(given.get("startupbytes", machine.startup))
    minimum = int(given.get("minimumbytes", machine.minimum))
    maximum = int(given.get("maximumbytes", machine.maximum))
    if machine.state == "Saved" or (not machine.off and (dynamic or machine.dynamic)):
        must_be_off("Set-VMMemory", machine, "memory")
    if dynamic and not minimum <= startup <= maximum:
        raise failure(
            "Set-VMMemory",
            "InvalidParameter",
            f"Invalid startup memory amount of '{machine.name}': the minimum"
            " amount of memory cannot be greater than the startup amount, nor that than the maximum.",
        )
    for amount in (startup, *((minimum, maximum) if dynamic else ())):
        _memory("Set-VMMemory", amount)
    machine.dynamic, machine.startup, machine.minimum, machine.maximum = dynamic, startup, minimum, maximum
    return []


def set_vm_processor(model: HyperVModel, given: Given) -> list[Any]:
    machine = machine_of(model, "Set-VMProcessor", given)
    must_be_off("Set-VMProcessor", machine, "the processors")
    if not 1 <= int(given["count"]) <= 64:
        raise failure("Set-VMProcessor", "InvalidParameter", "Invalid number of virtual processors.")
    machine.processors = int(given["count"])
    return []


def _memory(cmdlet: str, amount: int) -> int:
    """Memory comes in pieces of 2 MiB."""
    if amount % (2 * MIB) or not 32 * MIB <= amount <= _LARGEST:
        raise failure(
            cmdlet,
            "InvalidParameter",
            "Invalid memory amount: it must be between 32 MB and 12582912 MB, and a multiple of 2 MB.",
        )
    return amount


def start_vm(model: HyperVModel, given: Given) -> list[Any]:
    machine = machine_of(model, "Start-VM", given)
    missing = [
        d.path for d in machine.drives if d.path and not (model.disk_at(d.path) or d.path in model.files)
    ]
    if missing:
        raise failure(
            "Start-VM",
            "ObjectNotFound",
            f"'{machine.name}' failed to start. Attachment '{missing[0]}' not found: 'The system cannot"
            " find the file specified.' ('0x80070002').",
        )
    used = sum(each.startup for each in model.machines if each.state in ("Running", "Paused"))
    if machine.off and used + machine.startup > model.memory:
        raise failure(
            "Start-VM",
            "OutOfMemory",
            f"'{machine.name}': not enough memory in the system to start it.",
            "ResourceUnavailable",
        )
    if machine.state in ("Off", "Saved"):
        machine.state, machine.starts = "Running", machine.starts + 1
        for number, nic in enumerate(machine.nics):
            if nic.dynamic and nic.mac == "000000000000":
                nic.mac = f"00155D01{number:02X}{len(model.machines):02X}"
    return []


def stop_vm(model: HyperVModel, given: Given) -> list[Any]:
    machine = machine_of(model, "Stop-VM", given)
    if given.get("turnoff"):
        machine.state = "Off" if machine.state != "Saved" else "Saved"
        return []
    if machine.listens:
        machine.state = "Off"
    job = Thing(State=EnumValue("Completed" if machine.listens else "Running"))
    return [job] if given.get("asjob") else []


def _between(cmdlet: str, from_: str, to: str) -> Body:
    def run(model: HyperVModel, given: Given) -> list[Any]:
        machine = machine_of(model, cmdlet, given)
        if machine.state != from_:
            must_be_off(cmdlet, ModelMachine(machine.name, 1, 0, state="Running"), "the state")
        machine.state = to
        return []

    return run


def get_vm_snapshot(model: HyperVModel, given: Given) -> list[Any]:
    return [
        Thing(VMId=machine.id, Name=name)
        for machine in machines_of(model, "Get-VMSnapshot", given)
        for name in machine.checkpoints
    ]


def remove_vm_saved_state(model: HyperVModel, given: Given) -> list[Any]:
    machine_of(model, "Remove-VMSavedState", given).state = "Off"
    return []


def move_vm(model: HyperVModel, given: Given) -> list[Any]:
    machine = machine_of(model, "Move-VM", given)
    there = model.neighbours.get(str(given["destinationhost"]).lower())
    if there is None:
        raise failure("Move-VM", "ObjectNotFound", f"Failed to connect to host '{given['destinationhost']}'.")
    names = {switch.name.lower() for switch in there.switches}
    absent = [nic.switch for nic in machine.nics if nic.switch and nic.switch.lower() not in names]
    if absent:
        raise failure(
            "Move-VM",
            "OperationFailed",
            f"Virtual machine migration operation for '{machine.name}' failed at migration destination. Could"
            f" not find Ethernet switch '{absent[0]}'.",
        )
    model.machines.remove(machine)
    there.machines.append(machine)
    return []


CMDLETS: dict[str, Body] = {
    "Get-VM": get_vm,
    "New-VM": new_vm,
    "Set-VM": set_vm,
    "Rename-VM": rename_vm,
    "Remove-VM": remove_vm,
    "Set-VMMemory": set_vm_memory,
    "Set-VMProcessor": set_vm_processor,
    "Start-VM": start_vm,
    "Stop-VM": stop_vm,
    "Suspend-VM": _between("Suspend-VM", "Running", "Paused"),
    "Resume-VM": _between("Resume-VM", "Paused", "Running"),
    "Get-VMSnapshot": get_vm_snapshot,
    "Remove-VMSavedState": remove_vm_saved_state,
    "Move-VM": move_vm,
}
