"""A simulated host that attacks are tried upon, and real ones for those that were seen there."""

from __future__ import annotations

from tests.real.conftest import fleet, host, shell
from tests.reconciler.cli.conftest import lab, shop

__all__ = ["fleet", "host", "lab", "shell", "shop"]
