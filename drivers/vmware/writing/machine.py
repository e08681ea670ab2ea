"""The whole machine: the entries that a .vmx file has for it. Raises Refused for what no entry says."""

from __future__ import annotations

from collections.abc import Sequence

from drivers.base.errors import Refused
from drivers.native import Machine
from drivers.vmware.reading.machine import OTHER
from drivers.vmware.text import VmxFile
from drivers.vmware.writing.drives import drive_entries
from drivers.vmware.writing.nics import MOST, nic_entries
from drivers.vmware.writing.ports import display_entries, folder_entries, port_entries
from specs.documents.values import expand

Entries = dict[str, str]
"""Key → value; of what is not there (a CD drive taken out) there is no key."""

HARDWARE = "vmx-14"
"""What a machine gets that says none: Workstation 14, Fusion 10, and all since (KB 1003746)."""

_MIB = 1024


def vmx_of(machine: Machine, folder: str) -> VmxFile:
    """A whole new file."""
    return VmxFile().edited({**_NEW, **entries_of(machine, folder)})


_NEW = {
    ".encoding": "UTF-8",
    "config.version": "8",
    "pciBridge0.present": "TRUE",
    **{
        f"pciBridge{number}.{key}": value
        for number in (4, 5, 6, 7)
        for key, value in (("present", "TRUE"), ("virtualDev", "pcieRootPort"), ("functions", "8"))
    },
    "vmci0.present": "TRUE",
    "hpet0.present": "TRUE",
    "uuid.action": "keep",
}
"""What a machine needs and no document says (virVMXFormatConfig). A UUID that VMware were to ask about at a
start that nobody watches would keep it from starting: uuid.action (KB 1541)."""


def entries_of(machine: Machine, folder: str, cards: Sequence[int] = range(MOST)) -> Entries:
    """What a file says of a machine whose network cards have these numbers. Raises Refused."""
    entries = {
        "virtualHW.version": (machine.machine or HARDWARE).removeprefix("vmx-"),
        "guestOS": _guest(machine),
        "displayName": (machine.name or "").replace("%", "%25"),
        "memsize": str((machine.memory_max or 0) // _MIB),
        "numvcpus": str(machine.vcpus or 1),
        **_identity(machine),
        **_limits(machine),
        **_firmware(machine),
    }
    if machine.layout is not None:
        entries["cpuid.coresPerSocket"] = str(machine.layout.cores or 1)
    entries |= drive_entries(machine, folder)
    entries |= nic_entries(machine.nics, cards)
    entries |= port_entries(machine, folder)
    entries |= folder_entries(machine.folders)
    entries |= display_entries(machine)
    return entries


def _identity(machine: Machine) -> Entries:
    entries = {}
    if machine.uuid:
        digits = machine.uuid.replace("-", "")
        pairs = [digits[begin : begin + 2] for begin in range(0, 32, 2)]
        entries["uuid.bios"] = f"{' '.join(pairs[:8])}-{' '.join(pairs[8:])}"
    if machine.description:
        entries["annotation"] = machine.description
    if machine.genid:
        digits = machine.genid.replace("-", "")
        halves = (int(digits[:16], 16), int(digits[16:], 16))
        signed = [str(half - 2**64 if half >= 2**63 else half) for half in halves]
        entries |= {"vm.genid": signed[0], "vm.genidX": signed[1]}
    return entries


def _guest(machine: Machine) -> str:
    """VMware's name of the system: as it is said, else nothing but the architecture."""
    if machine.guest:
        return machine.guest
    names = {arch: name for name, arch in OTHER.items()}
    found = names.get(machine.arch or "x86_64")
    if found is None:
        raise Refused(
            f"a machine of {machine.arch} says which system runs in it", "arm-other-64, for example"
        )
    return found


def _limits(machine: Machine) -> Entries:
    entries = {}
    if machine.memory is not None and machine.memory != machine.memory_max:
        entries["sched.mem.max"] = str(-(-machine.memory // _MIB))
    if machine.memory_reserved:
        entries["sched.mem.minsize"] = str(-(-machine.memory_reserved // _MIB))
    if machine.shares is not None:
        entries["sched.cpu.shares"] = str(machine.shares)
    if machine.cpuset is not None:
        chosen = sorted(expand(machine.cpuset) or ())
        if len(chosen) < (machine.vcpus or 1):
            raise Refused("VMware pins to no fewer processors than the machine has", "say more of vcpus.cpus")
        entries["sched.cpu.affinity"] = ",".join(map(str, chosen))
    return entries


def _firmware(machine: Machine) -> Entries:
    entries = {}
    if machine.firmware == "efi":
        entries["firmware"] = "efi"
    if machine.has_firmware("secure-boot"):
        entries["uefi.secureBoot.enabled"] = "TRUE"
    if machine.smbios == "host":
        entries["smbios.reflectHost"] = "TRUE"
    return entries
