"""What belongs to a domain beside its disks, and would go with its definition."""

from __future__ import annotations

from enum import StrEnum


class Belonging(StrEnum):
    """Data that a person would miss. UEFI variables are none of it: they always stay."""

    MANAGED_SAVE = "managed save"
    SNAPSHOTS = "snapshots"
    CHECKPOINTS = "checkpoints"
    TPM = "TPM state"
