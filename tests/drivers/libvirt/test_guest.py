"""What a real guest answers: its addresses, its agent, its console."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from drivers.base import AddressSource, Console
from drivers.base.errors import NotFound, Refused, Unreachable, Unsupported
from drivers.contract.complete import CompleteHost, open_complete
from reconciler.execute.readiness import is_ready, known_addresses
from specs.desired import StopPolicy
from specs.guests import Ready
from specs.identity import Kind
from tests.support.daemons import LibvirtHost
from tests.support.guests import ECHO, boot, container_root, lxc_domain, qemu_domain

T = TypeVar("T")

MAC = "52:54:00:aa:00:01"
NETWORK = """<network><name>lan</name><ip address='192.168.214.1' netmask='255.255.255.0'>
  <dhcp><range start='192.168.214.100' end='192.168.214.200'/></dhcp></ip></network>"""
FORCE = StopPolicy(methods=(), deadline=5, force=True)
AGENT = "<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>"
NIC = (
    f"<interface type='network'><mac address='{MAC}'/><source network='lan'/>"
    "<model type='virtio'/></interface>"
)
TALKER = f"""<domain type='qemu'><name>talker</name><memory unit='MiB'>256</memory><vcpu>1</vcpu>
  {{boot}}<features><acpi/></features><devices>{AGENT}{NIC}<console type='pty'/></devices></domain>"""
EMPTY = """<domain type='qemu'><name>{name}</name><memory unit='MiB'>32</memory>
  <os><type arch='x86_64' machine='pc'>hvm</type></os><devices>{devices}</devices></domain>"""


def eventually(look: Callable[[], T], seconds: float = 30) -> T:
    """What `look` gives once it gives something."""
    until = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < until, f"nothing within {seconds:g} s"
        time.sleep(0.2)
    return found


def reads(console: Console, text: str, seconds: float = 30) -> str:
    """Reads until a text has come."""
    came = b""
    until = time.monotonic() + seconds
    while text.encode() not in came:
        piece = console.read()
        assert piece, f"the console ended; it said {came!r}"
        assert time.monotonic() < until, f"no '{text}'; it said {came!r}"
        came += piece
    return came.decode(errors="replace")


def ends(console: Console, seconds: float = 30) -> None:
    """Waits until a console's end is read."""
    over = threading.Event()

    def drain() -> None:
        while console.read():
            pass
        over.set()

    threading.Thread(target=drain, daemon=True).start()
    assert over.wait(seconds), "the console did not end"


@pytest.fixture(scope="module")
def talker(libvirt_host: LibvirtHost) -> Iterator[CompleteHost]:
    """A host where the guest `talker` has a NIC, an agent and a console."""
    libvirt_host.clear()
    opened = open_complete(libvirt_host.qemu, host="hv1")
    opened.lifecycle.define(Kind.NETWORK, "lan", NETWORK)
    opened.lifecycle.start(Kind.NETWORK, "lan")
    opened.lifecycle.define(Kind.DOMAIN, "talker", TALKER.format(boot=boot().os_xml()))
    opened.lifecycle.start(Kind.DOMAIN, "talker")
    yield opened
    opened.close()
    libvirt_host.clear()


@pytest.fixture
def reader(libvirt_host: LibvirtHost) -> Iterator[CompleteHost]:
    opened = open_complete(libvirt_host.qemu, host="hv1", readonly=True)
    yield opened
    opened.close()


def test_a_lease_tells_the_address(talker: CompleteHost, reader: CompleteHost) -> None:
    (lease,) = eventually(lambda: talker.guest.addresses("talker", AddressSource.LEASE))
    assert lease.mac == MAC
    assert lease.address.startswith("192.168.214.1")
    assert reader.guest.addresses("talker", AddressSource.LEASE) == (lease,)
    assert is_ready(reader, "talker", Ready("lease")) == ""


def test_the_arp_table_tells_the_address_where_libvirt_can_read_it(
    talker: CompleteHost, reader: CompleteHost, libvirt_host: LibvirtHost
) -> None:
    (lease,) = eventually(lambda: talker.guest.addresses("talker", AddressSource.LEASE))
    eventually(lambda: MAC in libvirt_host.run("ip", "neighbour"))
    told = reader.guest.addresses("talker", AddressSource.ARP)
    try:
        libvirt_host.virsh("domifaddr", "talker", "--source", "arp")
    except AssertionError:  # libvirt 9.0 on a newer kernel: wrong nlmsg len
        assert told == ()
    else:
        assert [(arp.mac, arp.address) for arp in told] == [(MAC, lease.address)]


def test_the_agent_answers_and_tells_addresses_without_loopback(
    talker: CompleteHost, reader: CompleteHost
) -> None:
    eventually(lambda: talker.guest.agent_answers("talker"))
    assert reader.guest.agent_answers("talker")
    assert is_ready(talker, "talker", Ready("agent")) == ""
    (told,) = eventually(lambda: talker.guest.addresses("talker", AddressSource.AGENT))
    assert told.mac == MAC
    with pytest.raises(Unsupported, match="cannot write"):
        reader.guest.addresses("talker", AddressSource.AGENT)


def test_asking_the_agent_leaves_no_taint(talker: CompleteHost, libvirt_host: LibvirtHost) -> None:
    eventually(lambda: talker.guest.agent_answers("talker"))
    assert "custom-ga-command" not in libvirt_host.run("cat", "/var/log/libvirt/qemu/talker.log")


def test_what_is_typed_at_the_console_arrives(talker: CompleteHost) -> None:
    console = talker.guest.console("talker")
    try:
        reads(console, "tick ")
        console.write(b"hello\n")
        reads(console, f"{ECHO}hello")
    finally:
        console.close()


def test_closing_ends_a_waiting_read_at_once(talker: CompleteHost) -> None:
    talker.lifecycle.define(
        Kind.DOMAIN, "silent", EMPTY.format(name="silent", devices="<console type='pty'/>")
    )
    talker.lifecycle.start(Kind.DOMAIN, "silent")
    console = talker.guest.console("silent")
    threading.Timer(0.5, console.close).start()
    ends(console)  # a read waits for ever
    with pytest.raises(Unreachable):
        console.write(b"late")
    talker.guest.console("silent").close()


def test_a_second_reader_is_refused_or_throws_the_first_out(talker: CompleteHost) -> None:
    first = talker.guest.console("talker")
    with pytest.raises(Refused, match="somebody else is attached"):
        talker.guest.console("talker")
    second = talker.guest.console("talker", force=True)
    ends(first)
    reads(second, "tick ")
    first.close()
    second.close()


def test_the_console_ends_with_its_guest(talker: CompleteHost) -> None:
    talker.lifecycle.define(Kind.DOMAIN, "brief", EMPTY.format(name="brief", devices="<console type='pty'/>"))
    talker.lifecycle.start(Kind.DOMAIN, "brief")
    console = talker.guest.console("brief")
    threading.Timer(0.5, talker.lifecycle.stop, (Kind.DOMAIN, "brief", FORCE)).start()
    ends(console, 15)
    console.close()


def test_refusals_say_what_is_wrong(talker: CompleteHost, reader: CompleteHost, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        talker.guest.console("absent")
    with pytest.raises(NotFound):
        talker.guest.addresses("absent", AddressSource.LEASE)
    with pytest.raises(Refused, match="read-only"):
        reader.guest.console("talker")
    with pytest.raises(Refused, match="no console 'serial9'"):
        talker.guest.console("talker", "serial9")
    talker.lifecycle.define(Kind.DOMAIN, "mute", EMPTY.format(name="mute", devices=""))
    with pytest.raises(Refused, match="not running"):
        talker.guest.console("mute")
    with pytest.raises(Refused, match="not running"):
        talker.guest.addresses("mute", AddressSource.LEASE)
    assert not talker.guest.agent_answers("mute")
    talker.lifecycle.start(Kind.DOMAIN, "mute")
    with pytest.raises(Refused, match="'mute' has no console"):
        talker.guest.console("mute")
    assert not talker.guest.agent_answers("mute")
    assert talker.guest.addresses("mute", AddressSource.ARP) == ()
    with pytest.raises(Unsupported):
        talker.guest.addresses("mute", AddressSource.AGENT)
    assert known_addresses(talker, "mute", AddressSource) == ()
    written = qemu_domain("written", tmp_path / "console")
    talker.lifecycle.define(Kind.DOMAIN, "written", written)
    talker.lifecycle.start(Kind.DOMAIN, "written")
    with pytest.raises(Unsupported, match="to a file"):
        talker.guest.console("written")
    talker.lifecycle.stop(Kind.DOMAIN, "written", FORCE)


def test_the_console_ends_when_the_daemon_dies(empty_host: LibvirtHost) -> None:
    driver = open_complete(empty_host.qemu, host="hv1")
    driver.lifecycle.define(Kind.DOMAIN, "lone", EMPTY.format(name="lone", devices="<console type='pty'/>"))
    driver.lifecycle.start(Kind.DOMAIN, "lone")
    console = driver.guest.console("lone")
    killing = threading.Timer(0.5, empty_host.kill)
    killing.start()
    try:
        ends(console, 30)
        console.close()
    finally:
        killing.join()
        empty_host.start()
        driver.close()


def test_a_container_has_a_console_too(empty_host: LibvirtHost) -> None:
    driver = open_complete(empty_host.lxc, host="hv1")
    driver.lifecycle.define(Kind.DOMAIN, "box", lxc_domain("box", container_root(empty_host.images / "root")))
    driver.lifecycle.start(Kind.DOMAIN, "box")
    console = driver.guest.console("box")
    reads(console, "ready")
    assert driver.guest.addresses("box", AddressSource.LEASE) == ()
    assert not driver.guest.agent_answers("box")
    with pytest.raises(Unsupported):
        driver.guest.addresses("box", AddressSource.AGENT)
    threading.Timer(0.5, driver.lifecycle.stop, (Kind.DOMAIN, "box", FORCE)).start()
    ends(console)
    console.close()
    driver.close()
