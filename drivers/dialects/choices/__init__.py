"""Choices in libvirt's schema: what chooses, and which parts belong to which alternative."""

from __future__ import annotations

from drivers.dialects.choices.table import LIBVIRT

__all__ = ["LIBVIRT"]
