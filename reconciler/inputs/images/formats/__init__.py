"""The formats of disk images: how large a guest sees them, and whether they name other files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import BinaryIO

from reconciler.inputs.images.formats.qemu import look_at_qcow, look_at_qcow2, look_at_qed
from reconciler.inputs.images.formats.vdi import look_at_vdi
from reconciler.inputs.images.formats.vhdx import look_at_vhdx
from reconciler.inputs.images.formats.vmdk import look_at_vmdk
from reconciler.inputs.images.formats.vpc import look_at_vpc

Look = Callable[[BinaryIO, int, str], int]
LOOKS: Mapping[str, Look] = {
    "qcow2": look_at_qcow2,
    "vmdk": look_at_vmdk,
    "vdi": look_at_vdi,
    "vpc": look_at_vpc,
    "vhdx": look_at_vhdx,
}
NAMING: Mapping[str, Look] = {**LOOKS, "qcow": look_at_qcow, "qed": look_at_qed}
"""The formats that can name other files, and how that is seen; as raw bytes they must not either."""
