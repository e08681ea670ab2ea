"""The Xen host as the suite of all drivers knows it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import libvirt

from drivers.contract.complete import CompleteHost, open_complete
from drivers.contract.features import Feature
from drivers.contract.host import Connect, ContractHost
from drivers.contract.seen import Seen
from drivers.libvirt.itself import guests
from tests.drivers.hosts.qemu_samples import QEMU_SAMPLES
from tests.hypervisors.xen.dom0 import GUESTS
from tests.hypervisors.xen.specimens import specimens

BOOTS = {
    "linux": f"<os><type>linux</type><kernel>{GUESTS}/vmlinux</kernel><initrd>{GUESTS}/initrd</initrd>"
    "<cmdline>console=hvc0 quiet</cmdline></os>",
    "xenpvh": f"<os><type>xenpvh</type><kernel>{GUESTS}/vmlinux</kernel><initrd>{GUESTS}/initrd</initrd>"
    "<cmdline>console=hvc0 quiet</cmdline></os>",
    "hvm": f"<os><type>hvm</type><kernel>{GUESTS}/vmlinuz</kernel><initrd>{GUESTS}/initrd</initrd>"
    "<cmdline>console=ttyS0 quiet</cmdline></os><features><acpi/><apic/></features>",
}
"""Each kind of guest, with the kernel and the initramfs that the host has for them."""

_LACKS = {
    Feature.MOVE, Feature.STATE, Feature.FORMAT, Feature.NETWORK_METADATA, Feature.SNAPSHOT,
    Feature.SNAPSHOTS, Feature.RENAME, Feature.AGENT, Feature.LEASE, Feature.NIC_UPDATE, Feature.TUNE,
    Feature.DEVICE_EVENTS,
}  # fmt: skip
"""What libxl does not do, or what was not seen: there is no second host, no device to format, and the guest
gets no lease within the time of the test."""


def domain(kind: str = "linux", devices: str = "", more: str = "", name: str = "contract") -> str:
    """A guest of a kind; PV by default, which starts in a few seconds."""
    size = 256 if kind == "hvm" else 160
    return (
        f"<domain type='xen'><name>{name}</name><memory unit='MiB'>{size}</memory>"
        f"<vcpu current='1'>2</vcpu>{BOOTS[kind]}{more}<devices>{devices}</devices></domain>"
    )


_NIC = "<interface type='network'><mac address='52:54:00:c0:00:{}'/><source network='contract'/></interface>"
_SAMPLES = replace(
    QEMU_SAMPLES,
    domain=domain(),
    plugged=domain(devices=_NIC.format("02")),
    talker=domain(devices=_NIC.format("02") + "<console type='pty'/>"),
    disk="<disk type='file' device='disk'><driver name='phy' type='raw'/>"
    "<source file='{folder}/pool/disk.img'/><target dev='xvdb' bus='xen'/></disk>",
    nic=_NIC.format("03"),
    cold_device="<graphics type='vnc' port='-1' autoport='yes'/>",
)


def contract_host(uri: str) -> ContractHost:
    """The entry of the host at a URI."""

    @contextmanager
    def ready(_folder: Path) -> Iterator[Connect]:
        clear(uri)

        def connect(readonly: bool = False) -> CompleteHost:
            return open_complete(uri, host="xen", readonly=readonly)

        try:
            yield connect
        finally:
            clear(uri)

    features = frozenset(Feature) - _LACKS
    return ContractHost(
        "xen", ready, _SAMPLES, features, seen=Seen.REAL, hears_after=8.0, specimens=specimens(uri)
    )


def clear(uri: str) -> None:
    """Leaves nothing on the host but its dom0."""
    handle = libvirt.open(uri)
    try:
        for found in guests(handle):
            with suppress(libvirt.libvirtError):
                if found.isActive():
                    found.destroy()
            with suppress(libvirt.libvirtError):  # a transient one is gone by now
                found.undefineFlags(libvirt.VIR_DOMAIN_UNDEFINE_MANAGED_SAVE)
        for each in (*handle.listAllNetworks(), *handle.listAllStoragePools()):
            with suppress(libvirt.libvirtError):
                if each.isActive():
                    each.destroy()
            with suppress(libvirt.libvirtError):
                each.undefine()
        for secret in handle.listAllSecrets():
            secret.undefine()
        for rules in handle.listAllNWFilters():
            if rules.name().startswith("contract"):
                rules.undefine()
    finally:
        handle.close()
