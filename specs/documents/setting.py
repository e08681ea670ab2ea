"""What a spec's names stand for where its document is to be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from specs.documents.formats import FormatOf, format_by_name


def _nothing(_: str) -> None:
    return None


def _not(pool: str, name: str) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Setting:
    """The hypervisor that a document is rendered for, and what is known of what it names."""

    scheme: str = "qemu"
    """The scheme of the host's URI."""

    usage: Callable[[str], str] = str
    """By what usage the host finds a Secret."""

    uuid: Callable[[str], str | None] = _nothing
    """The UUID of a Secret."""

    pool_path: Callable[[str], str | None] = _nothing
    """Where a pool's volumes are."""

    format_of: FormatOf = format_by_name
    """The format of a volume, by its pool and name."""

    encrypted_by: Callable[[str, str], str | None] = _not
    """The Secret that a volume is encrypted with, by its pool and name."""
