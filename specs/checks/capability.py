"""What a hypervisor cannot do, known offline from its URI: said at lint time, not at apply."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lxml import etree

from specs import facets
from specs.facets import Facet

_CANNOT: Mapping[str, Mapping[str, str]] = {
    "lxc": {
        "os/loader": "firmware",
        "os[@firmware]": "firmware",
        "os/kernel": "kernel",
        "devices/tpm": "tpm",
        "devices/graphics": "graphics",
        "devices/video": "video",
        "devices/sound": "sound",
        "devices/rng": "rng",
        "devices/watchdog": "watchdog",
        "devices/channel": "channels",
        "devices/memballoon": "memballoon",
        "devices/hostdev[@type='pci']": "hostDevices",
        "devices/hostdev[@type='mdev']": "hostDevices",
        "cpu": "cpu",
    },
    "xen": {
        "devices/filesystem": "filesystems",
        "devices/tpm": "tpm",
        "devices/rng": "rng",
        "devices/watchdog": "watchdog",
        "devices/hostdev[@type='mdev']": "hostDevices",
        "devices/disk/iotune": "disks",
    },
    "qemu": {"os/init": "init"},
    "sim": {"os/init": "init"},
    "bhyve": {"devices/tpm": "tpm", "devices/watchdog": "watchdog", "devices/hostdev": "hostDevices"},
    "esx": {"devices/tpm": "tpm", "devices/rng": "rng", "devices/filesystem": "filesystems"},
    "vpx": {"devices/tpm": "tpm", "devices/rng": "rng", "devices/filesystem": "filesystems"},
}
"""URI scheme → what of a domain's document its driver does not know → the spec's field for it."""

_TYPES: Mapping[str, frozenset[str]] = {
    "qemu": frozenset({"kvm", "qemu", "hvf"}),
    "sim": frozenset({"kvm", "qemu"}),
    "lxc": frozenset({"lxc"}),
    "xen": frozenset({"xen"}),
    "test": frozenset({"test"}),
    "bhyve": frozenset({"bhyve"}),
    "vz": frozenset({"vz"}),
    "vbox": frozenset({"vbox"}),
    "esx": frozenset({"vmware"}),
    "vpx": frozenset({"vmware"}),
    "hyperv": frozenset({"hyperv"}),
}


_NO_VOLUMES = frozenset({"lxc", "esx", "vpx", "hyperv", "vbox", "vz"})
"""URI schemes whose drivers give a guest no CD that is a volume of a pool."""

_FW_CFG = frozenset({"qemu", "sim", "test"})


def cannot_be_seeded(field: str, scheme: str) -> str:
    """Why a hypervisor cannot give a domain the seed of a spec's field; '' when it can."""
    if scheme in _NO_VOLUMES:
        return f"a {scheme} host cannot give a domain {field}"
    if field == "ignition" and scheme not in _FW_CFG:
        return f"a {scheme} host cannot give a domain ignition: only QEMU has fw_cfg"
    return ""


def cannot_be_filled(scheme: str) -> str:
    """Why a hypervisor cannot fill a volume from its source; '' when it can."""
    return facets.cannot(f"a {scheme} host", Facet.STORAGE) if facets.lacks(scheme, Facet.STORAGE) else ""


def cannot(document: etree._Element, scheme: str) -> Iterator[tuple[str, str]]:
    """Each thing of a domain that the hypervisor cannot do: the spec's field, and what to say."""
    kind = document.get("type")
    types = _TYPES.get(scheme)
    if kind and types and kind not in types:
        yield (
            "type",
            f"a {scheme} host cannot run domains of type '{kind}'; allowed: {', '.join(sorted(types))}",
        )
    for path, field in _CANNOT.get(scheme, {}).items():
        if document.find(path) is not None:
            yield field, f"a {scheme} host cannot give a domain {field}"
