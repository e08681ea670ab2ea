"""The test host itself: what it promises to the tests that use it."""

from __future__ import annotations

from pathlib import Path

import libvirt
import pytest

from tests.support.daemons import LibvirtHost
from tests.support.guests import qemu_domain, wait_for


def test_a_closed_host_leaves_nothing(libvirt_host: LibvirtHost) -> None:
    with LibvirtHost("other") as other:
        handle = libvirt.open(other.qemu)
        handle.defineXML(qemu_domain("left-behind", other.images / "console")).create()
        pid = other.qemu_process("left-behind")[0]
        assert pid
        handle.close()
    assert not other.root.exists()
    assert not list(Path("/sys/fs/cgroup").glob(f"*/**/{other.root.name}"))
    processes = [path.read_text() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
    assert not [text for text in processes if "guest=left-behind" in text]


def test_hosts_do_not_see_each_other(libvirt_host: LibvirtHost) -> None:
    with LibvirtHost("other") as other:
        other.virsh("define", _written(other, "mine"))
        assert other.virsh("hostname") == "other"
        assert "mine" in other.virsh("list", "--all", "--name").split()
        assert "mine" not in libvirt_host.virsh("list", "--all", "--name").split()


def test_guests_outlive_their_daemon(empty_host: LibvirtHost) -> None:
    empty_host.virsh("create", _written(empty_host, "steady"))
    before = empty_host.qemu_process("steady")
    empty_host.kill()
    empty_host.start()
    assert empty_host.qemu_process("steady") == before
    assert empty_host.virsh("domstate", "steady") == "running"
    wait_for(empty_host.images / "steady.console")


def test_a_read_only_connection_cannot_write(empty_host: LibvirtHost) -> None:
    handle = libvirt.openReadOnly(empty_host.qemu)
    try:
        with pytest.raises(libvirt.libvirtError, match="read only"):
            handle.defineXML(qemu_domain("no", empty_host.images / "no.console"))
    finally:
        handle.close()


def _written(host: LibvirtHost, name: str) -> str:
    path = host.root / f"{name}.xml"
    path.write_text(qemu_domain(name, host.images / f"{name}.console"))
    return str(path)
