"""The test host itself: what it promises to the tests that use it."""

from __future__ import annotations

import time
from pathlib import Path
from xml.etree import ElementTree

import libvirt
import pytest

from tests.support.daemons import HostFleet, LibvirtHost
from tests.support.guests import qemu_domain, wait_for
from tests.support.ticker import Watch, disk_image, tick_on_disk, ticker_domain, ticks

_WHOLLY = ("--persistent", "--undefinesource")


def test_a_closed_host_leaves_nothing(libvirt_host: LibvirtHost) -> None:
    with LibvirtHost("other") as other:
        handle = libvirt.open(other.qemu)
        handle.defineXML(qemu_domain("left-behind", other.images / "console")).create()
        pid = other.qemu_process("left-behind")[0]
        assert pid
        handle.close()
    assert not other.root.exists()
    assert other.groups
    assert not [group for group in other.groups if group.exists()]
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


def test_hosts_of_a_fleet_reach_each_other(hosts3: HostFleet) -> None:
    first = hosts3.hosts[0]
    for other in hosts3.hosts[1:]:
        assert first.run("virsh", "-q", "-c", other.peer, "hostname").strip() == other.name
        assert (
            first.run("virsh", "-q", "-c", f"qemu+tcp://{other.name}/system", "hostname").strip()
            == other.name
        )


def test_a_host_that_is_cut_off_is_reached_from_outside_only(hosts3: HostFleet) -> None:
    first, second, _ = hosts3.hosts

    def reached(seconds: int) -> str:
        there = f"</dev/tcp/{second.address}/16509"
        return first.run("bash", "-c", f"timeout {seconds} bash -c '{there}' && echo reached || echo no")

    # The first packet after a link is up may be lost, and the next goes a second later.
    assert reached(20) == "reached\n"
    second.cut()
    assert reached(1) == "no\n"
    assert second.virsh("hostname") == "hv2"
    second.mend()
    assert reached(20) == "reached\n"


def test_an_emptied_fleet_is_whole_again(hosts3: HostFleet) -> None:
    first, second, third = hosts3.hosts
    first.kill()
    second.freeze()
    third.cut()
    hosts3.clear()
    assert [host.virsh("hostname") for host in hosts3.hosts] == ["hv1", "hv2", "hv3"]
    assert first.run("virsh", "-q", "-c", third.peer, "hostname").strip() == "hv3"


def test_a_guest_moves_live_over_a_shared_disk(hosts3: HostFleet) -> None:
    source, destination, _ = hosts3.hosts
    disk, console = hosts3.shared / "disk", hosts3.shared / "console"
    disk.write_bytes(disk_image())
    _start(source, ticker_domain("nomad", disk, console))
    wait_for(console, "tick 5")
    with Watch(console) as seen:
        source.virsh("migrate", "--live", "--unsafe", *_WHOLLY, "nomad", destination.qemu)
        after = len(ticks(console))
        _until_more(console, after + 5)
    assert source.virsh("list", "--all", "--name") == ""
    assert destination.virsh("list", "--persistent", "--name") == "nomad"
    assert ticks(console) == list(range(1, len(ticks(console)) + 1))
    assert seen.longest_pause < 10
    assert tick_on_disk(disk) > after


def test_a_guest_takes_its_disk_along(hosts3: HostFleet) -> None:
    _, source, destination = hosts3.hosts
    console = hosts3.shared / "console"
    image = "/var/lib/libvirt/images/disk"
    (source.own_images / "disk").write_bytes(disk_image())
    (destination.own_images / "disk").write_bytes(bytes(len(disk_image())))
    _start(source, ticker_domain("settler", image, console))
    wait_for(console, "tick 5")
    source.virsh("migrate", "--live", "--p2p", "--copy-storage-all", *_WHOLLY, "settler", destination.peer)
    after = len(ticks(console))
    _until_more(console, after + 5)
    assert ticks(console) == list(range(1, len(ticks(console)) + 1))
    assert (
        tick_on_disk(destination.own_images / "disk") > after >= tick_on_disk(source.own_images / "disk") > 0
    )
    assert (destination.own_images / "disk").read_bytes()[:512] == disk_image()[:512]


def _start(host: LibvirtHost, document: str) -> None:
    path = host.root / "guest.xml"
    path.write_text(document)
    host.virsh("define", str(path))
    host.virsh("start", ElementTree.fromstring(document).findtext("name") or "")


def _until_more(console: Path, number: int) -> None:
    until = time.monotonic() + 60
    while len(ticks(console)) < number:
        assert time.monotonic() < until, "the guest counts no more"
        time.sleep(0.05)
