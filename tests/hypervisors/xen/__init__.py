"""A real Xen host, made of Debian's packages alone and run inside QEMU: see docs/hypervisors/xen.md.

What it needs: root, debootstrap, qemu-system-x86, libvirt's client; some minutes to build (4 GiB of disk), 4
GiB of memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from drivers.contract.host import ContractHost
from tests.hypervisors.xen.contract import contract_host
from tests.hypervisors.xen.image import xen_image
from tests.hypervisors.xen.machine import XenHost

LONG = tuple(f"tests/hypervisors/xen/long/{subject}.py" for subject in ("clocks", "itself", "kinds"))
"""Clocks, documents, events, and what people see."""


def prepare(cache: Path) -> None:
    """Builds the host below `cache`, unless it is there."""
    xen_image(cache)


@contextmanager
def started(cache: Path) -> Iterator[ContractHost]:
    """Lets it run, for the suite."""
    with XenHost(cache / "run", xen_image(cache)) as host:
        yield contract_host(host.uri)
