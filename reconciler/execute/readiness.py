"""Whether a guest is ready: its agent answers, it has an address, or it accepts connections."""

from __future__ import annotations

import socket
from collections.abc import Iterable

from drivers.base import AddressSource, Driver, GuestAddress
from drivers.errors import Unsupported
from specs.guests import Ready

BY_LEASE_FIRST = (AddressSource.LEASE, AddressSource.ARP, AddressSource.AGENT)
_CONNECT = 2.0
"""Seconds that one address has to accept a connection."""


def is_ready(driver: Driver, native: str, ready: Ready) -> str:
    """'' when the guest is ready, else what is missing, such as 'no lease yet'.

    Raises what the driver raises: Refused when the guest does not run, Unsupported where the hypervisor
    can never tell.
    """
    if ready.method == "agent":
        return "" if driver.agent_answers(native) else "its agent does not answer yet"
    if ready.method == "lease":
        return "" if driver.addresses(native, AddressSource.LEASE) else "no lease yet"
    if ready.method == "tcp":
        return _accepts(known_addresses(driver, native, BY_LEASE_FIRST), ready.port)
    return ""


def known_addresses(
    driver: Driver, native: str, sources: Iterable[AddressSource]
) -> tuple[GuestAddress, ...]:
    """A running guest's addresses as the first source that knows any tells them; () when none does."""
    for source in sources:
        try:
            found = driver.addresses(native, source)
        except Unsupported:
            continue
        if found:
            return found
    return ()


def _accepts(addresses: Iterable[GuestAddress], port: int) -> str:
    """'' when a guest accepts connections at one of its addresses."""
    missing = "no address yet"
    for known in addresses:
        try:
            socket.create_connection((known.address, port), timeout=_CONNECT).close()
        except OSError as error:
            missing = f"port {port} of {known.address}: {error.strerror or 'no answer'}"
        else:
            return ""
    return missing
