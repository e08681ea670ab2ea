"""Undefining domains: what belongs to one beside its disks goes only where that was said."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

import libvirt

from drivers.base.belongings import Belonging
from drivers.base.errors import Refused
from specs.xml import parse

_DISCARDS = {
    Belonging.MANAGED_SAVE: libvirt.VIR_DOMAIN_UNDEFINE_MANAGED_SAVE,
    Belonging.SNAPSHOTS: libvirt.VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA,
    Belonging.CHECKPOINTS: libvirt.VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA,
}
"""Without its flag, libvirt refuses while there is such a thing (qemuDomainUndefineFlags)."""
_KEEP_TPM = 1 << 6  # VIR_DOMAIN_UNDEFINE_KEEP_TPM, which older bindings lack
_KEEPS_TPM_SINCE = 8_009_000
_UNKNOWN = (libvirt.VIR_ERR_NO_SUPPORT, libvirt.VIR_ERR_OPERATION_UNSUPPORTED, libvirt.VIR_ERR_INVALID_ARG)


def undefine(domain: libvirt.virDomain, discards: Collection[Belonging]) -> None:
    """Undefines an inactive domain. UEFI variables stay, and whatever is not discarded makes it refuse."""
    if domain.isActive():
        raise Refused(f"'{domain.name()}' is running: it is stopped before it is undefined")
    if Belonging.TPM not in discards and _deletes_tpm(domain):
        raise Refused("its TPM state would be deleted: libvirt before 8.9 cannot keep it")
    discarded = 0
    for belonging in set(discards) & _DISCARDS.keys():
        discarded |= _DISCARDS[belonging]
    keeping = libvirt.VIR_DOMAIN_UNDEFINE_KEEP_NVRAM
    for flags in (keeping | _KEEP_TPM, keeping, 0):  # drivers refuse flags that they do not know
        try:
            domain.undefineFlags(flags | discarded)
        except libvirt.libvirtError as error:
            if error.get_error_code() not in (libvirt.VIR_ERR_INVALID_ARG, libvirt.VIR_ERR_NO_SUPPORT):
                raise
        else:
            return
    domain.undefine()


def lost_with(domain: libvirt.virDomain) -> Mapping[Belonging, str]:
    """What would go with a domain's definition, and the names of it where it has some."""
    found = {
        Belonging.SNAPSHOTS: _names(lambda: domain.listAllSnapshots(0)),
        Belonging.CHECKPOINTS: _names(lambda: domain.listAllCheckpoints(0)),
    }
    lost = {belonging: names for belonging, names in found.items() if names}
    if _asked(domain.hasManagedSaveImage, 0):
        lost[Belonging.MANAGED_SAVE] = ""
    if _deletes_tpm(domain):
        lost[Belonging.TPM] = ""
    return lost


def _deletes_tpm(domain: libvirt.virDomain) -> bool:
    """qemuExtTPMCleanupHost: an old libvirt, that of an emulated one, unless its state is persistent."""
    if domain.connect().getLibVersion() >= _KEEPS_TPM_SINCE:
        return False
    root = parse(domain.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE))
    backends = root.iterfind("devices/tpm/backend[@type='emulator']")
    return any(backend.get("persistent_state") != "yes" for backend in backends)


def _names(listing: Callable[[], Iterable[Any]]) -> str:
    return ", ".join(sorted(each.getName() for each in _asked(listing, ())))


def _asked(call: Callable[[], Any], otherwise: Any) -> Any:
    """What a call gives; a driver without it has none of that."""
    try:
        return call()
    except libvirt.libvirtError as error:
        if error.get_error_code() not in _UNKNOWN:
            raise
        return otherwise
