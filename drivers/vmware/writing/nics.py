"""Network cards (virVMXFormatEthernet)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from drivers.base.errors import Refused
from drivers.native import Nic
from drivers.vmware.reading.nics import BRIDGED

MOST = 10
"""ethernet0 to ethernet9 (virtual hardware 7 and later)."""


def nic_entries(nics: Sequence[Nic], numbers: Sequence[int]) -> dict[str, str]:
    """The entries of network cards that have these numbers. Raises Refused."""
    if len(nics) > MOST:
        raise Refused(f"a VMware machine has {MOST} network cards at most, not {len(nics)}")
    return {
        f"ethernet{number}.{key}": value
        for number, nic in zip(numbers, nics, strict=False)
        for key, value in _nic(nic).items()
    }


def numbers_of(nics: Sequence[Nic], there: Mapping[int, Nic]) -> tuple[int, ...]:
    """The numbers of cards where others may be there already: one that stays keeps its own, and with it the
    place where its guest knows it."""
    by_mac = {nic.mac: number for number, nic in there.items() if nic.mac}
    kept = {nic.mac: by_mac[nic.mac] for nic in nics if nic.mac in by_mac}
    free = iter(number for number in range(MOST + len(nics)) if number not in kept.values())
    return tuple(kept[nic.mac] if nic.mac in kept else next(free) for nic in nics)


def _nic(nic: Nic) -> dict[str, str]:
    entries = {"present": "TRUE", **_model(nic.model), **_connection(nic), **_address(nic)}
    if not nic.connected:
        entries["startConnected"] = "FALSE"
    return entries


def _model(model: str | None) -> dict[str, str]:
    """None is what the guest's system has usually."""
    if model == "vmxnet2":
        return {"virtualDev": "vmxnet", "features": "15"}
    return {"virtualDev": model} if model else {}


def _connection(nic: Nic) -> dict[str, str]:
    """networkName is what libvirt asks for beside the rest; Workstation and Fusion have no use for it."""
    if nic.type == "user":
        return {"connectionType": "nat"}
    if nic.type == "null":
        return {}
    if nic.type == "vds":
        return _switch_port(nic)
    if nic.type != "bridge" or not nic.bridge:
        raise Refused(f"a network card of type '{nic.type}' is none that VMware has", "say bridge, or user")
    entries = {"networkName": nic.bridge}
    if nic.target or (nic.bridge != BRIDGED and re.fullmatch(r"vmnet\d+", nic.bridge)):
        return {**entries, "connectionType": "custom", "vnet": nic.target or nic.bridge}
    return {**entries, "connectionType": "bridged"}


def _switch_port(nic: Nic) -> dict[str, str]:
    digits = (nic.switch or "").replace("-", "")
    pairs = [digits[begin : begin + 2] for begin in range(0, len(digits), 2)]
    said = {
        "dvs.switchId": f"{' '.join(pairs[:8])}-{' '.join(pairs[8:])}",
        "dvs.portId": nic.switch_port,
        "dvs.portgroupId": nic.switch_group,
        "dvs.connectionId": nic.switch_connection,
    }
    return {key: str(value) for key, value in said.items() if value is not None}


def _address(nic: Nic) -> dict[str, str]:
    """Static addresses are of 00:50:56:00 to :3f; those of others VMware takes unchecked (KB 219)."""
    if nic.mac is None:
        return {"addressType": "generated"}
    generated = nic.mac_type == "generated" or (nic.mac_type is None and nic.mac.startswith("00:0c:29:"))
    if generated:
        return {"addressType": "generated", "generatedAddress": nic.mac, "generatedAddressOffset": "0"}
    own = re.match(r"00:50:56:[0-3]", nic.mac) is not None
    check = nic.mac_check or (None if own else "no")
    entries = {"addressType": "static", "address": nic.mac}
    return {**entries, "checkMACAddress": "TRUE" if check == "yes" else "FALSE"} if check else entries
