"""What a host says that it can do, and how much room it has."""

from __future__ import annotations

from pathlib import Path

import pytest

from drivers.contract.complete import CompleteHost, open_complete
from tests.support.daemons import LibvirtHost


def _available_kib() -> int:
    lines = Path("/proc/meminfo").read_text().splitlines()
    known = {name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in lines)}
    return sum(known[part] for part in ("MemFree", "Buffers", "Cached"))


@pytest.mark.parametrize("readonly", [False, True])
def test_free_memory_is_told_to_those_who_may_only_look_too(
    libvirt_host: LibvirtHost, readonly: bool
) -> None:
    host = open_complete(libvirt_host.qemu, host="hv1", readonly=readonly)
    told = host.capabilities()
    host.close()
    assert 0 < told.memory_free_kib <= told.memory_kib
    assert told.memory_free_kib == pytest.approx(min(_available_kib(), told.memory_kib), rel=0.25)


def test_the_room_of_a_container_host_is_told(libvirt_host: LibvirtHost) -> None:
    host: CompleteHost = open_complete(libvirt_host.lxc, host="hv1")
    assert host.capabilities().memory_free_kib > 0
    host.close()
