"""What hypervisors make of documents, as data: one dialect for each family. Pure, without any driver."""

from __future__ import annotations

from drivers.dialects.families import dialect, dialect_of
from drivers.dialects.model import Dialect

__all__ = ["Dialect", "dialect", "dialect_of"]
