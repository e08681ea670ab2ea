"""Network cards (virVMXParseEthernet)."""

from __future__ import annotations

import re
from dataclasses import replace

from drivers.native import Nic
from drivers.vmware.text import NotVmx, VmxFile
from specs.documents.values import hardware_address, uuid

MODELS = ("vlance", "vmxnet", "vmxnet2", "vmxnet3", "e1000", "e1000e")
BRIDGED = "vmnet0"
HOST_ONLY = "vmnet1"
"""What Workstation and Fusion call the networks of connectionType bridged and hostonly."""


def nics_of(vmx: VmxFile) -> tuple[Nic, ...]:
    """All cards that are there, by their numbers. Raises NotVmx."""
    return tuple(numbered_nics(vmx).values())


def numbered_nics(vmx: VmxFile) -> dict[int, Nic]:
    """The cards with their numbers, which keep their places. Raises NotVmx."""
    numbers = sorted({int(found[1]) for found in vmx.matching(r"ethernet(\d{1,3})\.present")})
    return {n: _nic(vmx, f"ethernet{n}") for n in numbers if vmx.yes(f"ethernet{n}.present")}


def _nic(vmx: VmxFile, prefix: str) -> Nic:
    mac, mac_type = _address(vmx, prefix)
    check = vmx.word(f"{prefix}.checkMACAddress")
    said = {
        "mac": mac,
        "mac_type": mac_type,
        "mac_check": ("yes" if check == "true" else "no") if check else None,
        "model": _model(vmx, prefix),
        "link": None if vmx.yes(f"{prefix}.startConnected", True) else "down",
        **_connection(vmx, prefix),
    }
    return Nic(**said)  # type: ignore[arg-type]


def _address(vmx: VmxFile, prefix: str) -> tuple[str | None, str | None]:
    """The MAC address, and whether it was generated or is static."""
    kind = vmx.word(f"{prefix}.addressType")
    if kind not in ("", "generated", "vpx", "static"):
        raise NotVmx(f"{prefix}.addressType is '{kind}'; allowed: generated, vpx, static")
    mac = vmx.word(f"{prefix}.address" if kind == "static" else f"{prefix}.generatedAddress")
    if mac and hardware_address(mac).count(":") != 5:
        raise NotVmx(f"{prefix} has '{mac}', which is no MAC address")
    said = {"": None, "static": "static"}.get(kind, "generated")
    return hardware_address(mac) or None, said


def _model(vmx: VmxFile, prefix: str) -> str | None:
    model = vmx.word(f"{prefix}.virtualDev")
    if model and model not in MODELS:
        raise NotVmx(f"{prefix}.virtualDev is '{model}'; allowed: {', '.join(MODELS)}")
    if model == "vmxnet" and vmx.number(f"{prefix}.features") == 15:
        return "vmxnet2"
    return model or None


def _connection(vmx: VmxFile, prefix: str) -> dict[str, object]:
    switch = vmx.get(f"{prefix}.dvs.switchId")
    if switch is not None:
        return _switch_port(vmx, prefix, switch)
    kind, network = vmx.word(f"{prefix}.connectionType"), vmx.get(f"{prefix}.networkName")
    if kind == "" and network is None:
        return {"type": "null"}
    if kind in ("", "bridged"):
        return {"type": "bridge", "bridge": network or BRIDGED}
    if kind == "hostonly":
        return {"type": "bridge", "bridge": HOST_ONLY}
    if kind == "nat":
        return {"type": "user"}
    if kind != "custom":
        raise NotVmx(f"{prefix}.connectionType is '{kind}'; allowed: bridged, hostonly, nat, custom")
    device = vmx.get(f"{prefix}.vnet") or ""
    known = network or device.rpartition("/")[2].lower()
    return {"type": "bridge", "bridge": known or None, "target": device if device != known else None}


def _switch_port(vmx: VmxFile, prefix: str, switch: str) -> dict[str, object]:
    """A port of a distributed switch, which vCenter gives."""
    return {
        "type": "vds",
        "switch": uuid(switch.replace("-", "").replace(" ", "")),
        "switch_port": _number(vmx, f"{prefix}.dvs.portId"),
        "switch_group": vmx.get(f"{prefix}.dvs.portgroupId"),
        "switch_connection": _number(vmx, f"{prefix}.dvs.connectionId"),
    }


def desk_nic(nic: Nic) -> Nic:
    """A card on one of VMware's own networks, as they are called on Linux."""
    if nic.type != "bridge":
        return nic
    name = (nic.target or nic.bridge or "").rpartition("/")[2].lower()
    return replace(nic, bridge=name if re.fullmatch(r"vmnet\d{1,3}", name) else BRIDGED, target=None)


def _number(vmx: VmxFile, key: str) -> int | None:
    return vmx.number(key) if vmx.get(key) else None
