"""What can be privileged, and one thing that is."""

from __future__ import annotations

from dataclasses import dataclass

from specs.xml import Element

WHATS = (
    "emulator",
    "bootloader",
    "loader",
    "kernel",
    "disk",
    "block device",
    "network disk",
    "raw SCSI",
    "filesystem",
    "hostdev",
    "interface",
    "script",
    "character device",
    "rng",
    "tpm",
    "shmem",
    "smartcard",
    "seclabel",
    "memory file",
    "element",
    "container root",
    "capabilities",
    "host path",
    "network",
    "pool",
    "backing",
)
"""Everything that can be privileged, by the names that a policy and a plan use."""


@dataclass(frozen=True, slots=True)
class Privilege:
    """One thing that reaches beyond the guest; `element` is where the document says it."""

    what: str
    value: str
    element: Element

    def __str__(self) -> str:
        return f"{self.what} {self.value}".strip()
