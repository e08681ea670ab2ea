"""Tunables of a running domain: each class has a call of libvirt's own."""

from __future__ import annotations

import libvirt

from drivers.base.errors import Refused
from drivers.base.tunables import BlkioTune, CpuParameter, CpuPin, CpuTune, DiskTune, MemoryTune, Tunable

_LIVE = libvirt.VIR_DOMAIN_AFFECT_LIVE
_SCHEDULER = {
    CpuParameter.SHARES: "cpu_shares",
    CpuParameter.PERIOD: "vcpu_period",
    CpuParameter.QUOTA: "vcpu_quota",
}
"""Where libvirt's name is not that of the document (virDomainSetSchedulerParametersFlags)."""


def tune(domain: libvirt.virDomain, wanted: Tunable) -> None:
    """Sets a tunable, live only. libvirt 9.0 crashes when it is asked for that of a stopped container."""
    if not domain.isActive():
        raise Refused(f"'{domain.name()}' does not run: there is nothing to tune")
    match wanted:
        case CpuTune(parameter, value):
            domain.setSchedulerParametersFlags({_SCHEDULER.get(parameter, parameter.value): value}, _LIVE)
        case CpuPin(None, cpuset):
            domain.pinEmulator(_cpumap(domain, cpuset), _LIVE)
        case CpuPin(vcpu, cpuset):
            domain.pinVcpuFlags(vcpu, _cpumap(domain, cpuset), _LIVE)
        case MemoryTune(limit, kib):
            domain.setMemoryParameters({limit.value: kib}, _LIVE)
        case BlkioTune(weight):
            domain.setBlkioParameters({"weight": weight}, _LIVE)
        case DiskTune(target, parameter_, value):
            domain.setBlockIoTune(target, {parameter_: value}, _LIVE)


def _cpumap(domain: libvirt.virDomain, cpuset: str) -> tuple[bool, ...]:
    """A set of processors, such as '0-3,^2', as one flag per processor of the host."""
    chosen: set[int] = set()
    for part in cpuset.replace(" ", "").split(","):
        low, _, high = part.lstrip("^").partition("-")
        members = set(range(int(low), int(high or low) + 1))
        chosen = chosen - members if part.startswith("^") else chosen | members
    return tuple(cpu in chosen for cpu in range(domain.connect().getInfo()[2]))
