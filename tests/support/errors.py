"""What the test support cannot do without."""

from __future__ import annotations

from reconciler.lab.errors import MissingComponent

__all__ = ["MissingComponent"]
