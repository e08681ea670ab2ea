"""The whole machine: what it is called, its memory and processors, and its devices."""

from __future__ import annotations

import re
from dataclasses import replace

from drivers.native import CpuLayout, FirmwareFeature, GuestClock, Machine, machine_document
from drivers.vmware.reading.drives import controllers_of, drives_of
from drivers.vmware.reading.nics import desk_nic, nics_of
from drivers.vmware.reading.ports import displays_of, folders_of, parallels_of, serials_of, videos_of
from drivers.vmware.text import NotVmx, VmxFile, parse_vmx
from specs.documents.values import ranges
from specs.documents.values import uuid as spelled_uuid

OTHER = {"other": "i686", "other-64": "x86_64"}
"""The systems that say nothing but the architecture."""

_SHARES = {"low": 500, "normal": 1000, "high": 2000}
"""A processor (SharesInfo.level)."""

_PERCENT = re.compile(r"%([0-9A-Fa-f]{2})")
_MIB = 1024


def read_vmx(text: str, folder: str = "", name: str = "") -> str:
    """A .vmx file as libvirt document. File names that are relative to its `folder` become whole where that
    is known; `name` is for a machine that has none. Raises NotVmx."""
    return machine_document(machine_of(parse_vmx(text), folder, name))


def machine_of(vmx: VmxFile, folder: str = "", name: str = "") -> Machine:
    """The machine that a file describes. Raises NotVmx."""
    if vmx.number("config.version") != 8:
        raise NotVmx("config.version is not 8: it is no .vmx file of any VMware since 2003")
    hardware = vmx.number("virtualHW.version")
    if hardware < 4:
        raise NotVmx("virtualHW.version is not 4 or more")
    guest, vcpus = vmx.get("guestOS") or "", vmx.number("numvcpus", 1)
    if vcpus < 1:
        raise NotVmx("numvcpus is not 1 or more")
    memory, now, least = _memory(vmx)
    drives = drives_of(vmx, folder)
    return Machine(
        type="vmware",
        name=_percent(vmx.get("displayName") or "") or name or None,
        uuid=_uuid(vmx),
        description=(vmx.get("annotation") or "").strip() or None,
        genid=_genid(vmx),
        guest=guest if guest and guest.lower() not in OTHER else None,
        memory_max=memory,
        memory=None if now == memory else now,
        memory_reserved=least or None,
        vcpus=vcpus,
        placement="static",
        cpuset=_affinity(vmx, vcpus),
        shares=_shares(vmx, vcpus),
        arch=_arch(guest.lower()),
        machine=f"vmx-{hardware}",
        firmware="efi" if vmx.word("firmware") == "efi" else None,
        firmware_features=_features(vmx),
        smbios="host" if vmx.yes("smbios.reflectHost") else None,
        layout=_layout(vmx, vcpus),
        clock=GuestClock(),
        on_poweroff="destroy",
        on_reboot="restart",
        on_crash="destroy",
        drives=drives,
        controllers=controllers_of(vmx, drives),
        folders=folders_of(vmx),
        nics=nics_of(vmx),
        serials=serials_of(vmx, folder),
        parallels=parallels_of(vmx, folder),
        displays=displays_of(vmx),
        videos=videos_of(vmx),
    )


def on_the_desk(machine: Machine) -> Machine:
    """A machine as Workstation, Player and Fusion run it: their networks are called vmnetN, and what is
    bridged is so by vmnet0, whatever name a file from ESX has for it."""
    return replace(machine, nics=tuple(map(desk_nic, machine.nics)))


def _memory(vmx: VmxFile) -> tuple[int, int, int]:
    """What it can have, has, and is sure to have, in KiB."""
    size = vmx.number("memsize", 32)
    if size <= 0 or size % 4:
        raise NotVmx(f"memsize is {size}; VMware gives memory in multiples of 4 MiB")
    limit, least = vmx.number("sched.mem.max", size), vmx.number("sched.mem.minsize")
    return size * _MIB, (size if limit < 0 else min(limit, size)) * _MIB, max(0, min(least, size)) * _MIB


def _uuid(vmx: VmxFile) -> str | None:
    """'56 4d 9b ef …-…' is a UUID whatever stands between its digits (virUUIDParse)."""
    said = vmx.get("uuid.bios")
    if said is None:
        return None
    digits = re.sub(r"[\s-]", "", said).lower()
    if not re.fullmatch(r"[0-9a-f]{32}", digits):
        raise NotVmx(f"uuid.bios is '{said}', which is no UUID")
    return spelled_uuid(digits)


def _genid(vmx: VmxFile) -> str | None:
    """Both halves as they are, 64 bits each (virVMXParseGenID)."""
    first, second = vmx.number("vm.genid"), vmx.number("vm.genidX")
    if not first and not second:
        return None
    return spelled_uuid(f"{first % 2**64:016x}{second % 2**64:016x}")


def _percent(text: str) -> str:
    return _PERCENT.sub(lambda found: chr(int(found[1], 16)), text)


def _arch(guest: str) -> str:
    """libvirt tells it by the end of guestOS; Fusion on ARM says so at its begin."""
    if guest.startswith("arm-"):
        return "aarch64"
    return "x86_64" if guest.endswith("-64") else "i686"


def _affinity(vmx: VmxFile, vcpus: int) -> str | None:
    said = vmx.get("sched.cpu.affinity")
    if said is None or said.lower() == "all":
        return None
    parts = [part.strip() for part in said.split(",")]
    if len(parts) < vcpus or not all(part.isdecimal() for part in parts):
        raise NotVmx(f"sched.cpu.affinity is '{said}'; it lists at least as many processors as numvcpus")
    return ranges({int(part) for part in parts})


def _shares(vmx: VmxFile, vcpus: int) -> int | None:
    word = vmx.word("sched.cpu.shares")
    if word in _SHARES:
        return vcpus * _SHARES[word]
    return vmx.number("sched.cpu.shares") if word else None


def _features(vmx: VmxFile) -> tuple[FirmwareFeature, ...]:
    if vmx.word("firmware") not in ("", "bios", "efi"):
        raise NotVmx(f"firmware is '{vmx.get('firmware')}'; it is bios or efi")
    if vmx.word("firmware") != "efi":
        return ()
    secure = vmx.yes("uefi.secureBoot.enabled")  # with the keys that VMware enrolls, or none are asked for
    return tuple(FirmwareFeature(name=name, enabled=secure) for name in ("secure-boot", "enrolled-keys"))


def _layout(vmx: VmxFile, vcpus: int) -> CpuLayout | None:
    cores = vmx.number("cpuid.coresPerSocket", 1)
    if cores <= 1:
        return None
    if cores > vcpus:
        raise NotVmx(f"cpuid.coresPerSocket is {cores}, and there are {vcpus} of numvcpus")
    return CpuLayout(sockets=vcpus // cores, dies=1, cores=cores, threads=1)
