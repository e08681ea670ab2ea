"""QEMU and KVM through libvirt."""

from __future__ import annotations

from specs.identity import Kind
from specs.matrix.model import OF_CONTAINERS, Hypervisor, Usual, WhileRunning

QEMU = Hypervisor(
    family="qemu",
    title="QEMU",
    schemes=("qemu",),
    types=("kvm", "qemu", "hvf"),
    live=frozenset(WhileRunning),
    lacks={Kind.DOMAIN: OF_CONTAINERS},
    seeds=frozenset({"cloudInit", "configDrive", "ignition"}),
    images=("qcow2", "raw"),
    usual=Usual(nic="virtio", emulated=True),
    proven="real QEMU 7.2 and KVM with libvirt 9.0",
)
