"""A hypervisor's own tests have the fixtures of the suite."""

from __future__ import annotations

from drivers.contract.conftest import bench, connect, driver

__all__ = ["bench", "connect", "driver"]
