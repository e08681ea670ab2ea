"""A tree for the host, and the command line upon it."""

from __future__ import annotations

from reconciler.contract.conftest import settling

__all__ = ["settling"]
