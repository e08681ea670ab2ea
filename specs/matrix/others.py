"""What libvirt knows besides: its URIs are accepted, and nothing is proven."""

from __future__ import annotations

from specs.identity import Kind
from specs.matrix.model import EVERYTHING, Ability, Hypervisor, Usual, WhileRunning, lacks

_STORAGE = {Ability.FILL, Ability.READ, Ability.COPY, Ability.GROW}
_DRIVES = frozenset({"cloudInit", "configDrive"})

_ESX = Hypervisor(
    family="esx",
    title="ESX and vCenter, through libvirt",
    schemes=("esx", "gsx", "vpx"),
    types=("vmware",),
    lacks={Kind.DOMAIN: lacks("devices/tpm", "devices/rng", "devices/filesystem")},
    usual=Usual(bus="scsi"),
)
_VMWARE = Hypervisor(
    family="vmware",
    title="VMware Desktop, through libvirt",
    schemes=("vmwareplayer", "vmwarews", "vmwarefusion"),
    can=EVERYTHING - _STORAGE,
    seeds=_DRIVES,
)
_CLOUD_HYPERVISOR = Hypervisor(
    family="ch",
    title="Cloud Hypervisor",
    schemes=("ch",),
    types=("kvm", "hyperv"),
    live=frozenset({WhileRunning.NETWORKS}),
    seeds=_DRIVES,
    usual=Usual(type="kvm"),
)
_OPENVZ = Hypervisor(family="openvz", title="OpenVZ", schemes=("openvz",), seeds=_DRIVES)
_PHYP = Hypervisor(
    family="phyp",
    title="POWER Hypervisor, through libvirt before 6.0",
    schemes=("phyp",),
    seeds=_DRIVES,
)

OTHERS = (_ESX, _VMWARE, _CLOUD_HYPERVISOR, _OPENVZ, _PHYP)
