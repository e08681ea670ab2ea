"""What a simulated guest answers once it has booted, and its console, which echoes."""

from __future__ import annotations

import hashlib
import ipaddress
import queue
import time
from collections.abc import Callable

from drivers.base import AddressSource, GuestAddress
from drivers.base.errors import NotFound, Unreachable, Unsupported
from drivers.simulated.domain.verbs import running, started
from drivers.simulated.rows import HostRows
from drivers.simulated.xml import Element, attribute, parse, refuse
from specs.desired import PowerState
from specs.identity import Kind

_AGENT = "devices/channel/target[@name='org.qemu.guest_agent.0']"
_POLL = 0.1


def addresses(
    host: HostRows | None, name: str, source: AddressSource, boot: float
) -> tuple[GuestAddress, ...]:
    """What an active network's DHCP gives the guest's NICs, whoever is asked; the same at every start."""
    host, root = _guest(host, name)
    if source is AddressSource.AGENT and root.find(_AGENT) is None:
        raise Unsupported("QEMU guest agent is not configured")
    if not _has_booted(host, name, boot):
        return ()
    found = []
    for interface in root.iterfind("devices/interface[@type='network']"):
        mac = attribute(interface, "mac", "address").lower()
        address = _lease(host, attribute(interface, "source", "network"), mac)
        if address:
            found.append(GuestAddress(mac, address, source))
    return tuple(found)


def agent_answers(host: HostRows | None, name: str, boot: float) -> bool:
    """Whether the guest has an agent's channel and has booted."""
    entry = host.entry(Kind.DOMAIN, name) if host else None
    if host is None or entry is None:
        raise NotFound(f"no domain with matching name '{name}'")
    if not entry.live or entry.power != PowerState.RUNNING:
        return False
    return parse(entry.live).find(_AGENT) is not None and _has_booted(host, name, boot)


def check_console(host: HostRows | None, name: str, device: str) -> None:
    """Refused when the guest does not run, or has no such console."""
    _, root = _guest(host, name)
    terminals = [*root.iterfind("devices/console"), *root.iterfind("devices/serial")]
    if not any(not device or attribute(terminal, "alias", "name") == device for terminal in terminals):
        refuse(
            f"'{name}' has no console" + (f" '{device}'" if device else ""),
            "declare a serial console: <console type='pty'/>",
        )


class SimulatedConsole:
    """Shows a login banner, then whatever is typed; ends with the guest."""

    def __init__(self, name: str, runs: Callable[[], bool]) -> None:
        self._runs = runs
        self._closed = False
        self._pieces: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._pieces.put(f"\r\n{name} login: ".encode())

    def read(self) -> bytes:
        """What was typed, and the banner first; waits for it."""
        while True:
            try:
                return self._pieces.get(timeout=_POLL)
            except queue.Empty:
                if self._closed or not self._runs():
                    self._closed = True
                    return b""

    def write(self, data: bytes) -> None:
        """Types."""
        if self._closed:
            raise Unreachable("the console has ended")
        if data:
            self._pieces.put(data)

    def close(self) -> None:
        """Detaches."""
        self._closed = True


def _guest(host: HostRows | None, name: str) -> tuple[HostRows, Element]:
    if host is None:
        raise NotFound(f"no domain with matching name '{name}'")
    return host, parse(running(host, name).live or "")


def _has_booted(host: HostRows, name: str, boot: float) -> bool:
    return time.time() - host.number(started(name)) / 1000 >= boot


def _lease(host: HostRows, name: str, mac: str) -> str:
    """The address that the network's DHCP reserves for a MAC, else one of its range; '' without."""
    network = host.entry(Kind.NETWORK, name)
    if network is None or not network.live:
        return ""
    root = parse(network.live)
    for reserved in root.iterfind("ip/dhcp/host"):
        if reserved.get("mac", "").lower() == mac and reserved.get("ip"):
            return reserved.get("ip", "")
    given = root.find("ip/dhcp/range")
    if given is None:
        return ""
    first = ipaddress.ip_address(given.get("start", ""))
    size = int(ipaddress.ip_address(given.get("end", ""))) - int(first) + 1
    return str(first + int.from_bytes(hashlib.sha256(mac.encode()).digest()[:8]) % size)
