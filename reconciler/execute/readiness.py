"""Whether a guest is ready: its agent answers, it has an address, or it accepts connections."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterable

from drivers.base import AddressSource, GuestAddress, Host, needed
from drivers.base.errors import Refused, Unsupported
from drivers.base.progress import Wait
from reconciler.execute.job import Job
from specs.guests import Ready

_LOOK_AGAIN = 1.0
"""Seconds between two looks at a guest that is waited for."""

BY_LEASE_FIRST = (AddressSource.LEASE, AddressSource.ARP, AddressSource.AGENT)
_CONNECT = 2.0
"""Seconds that one address has to accept a connection."""


def wait_until_ready(ready: Ready, job: Job) -> None:
    """Returns when the guest is ready; Refused when it is not in time, or the run is to stop."""
    begun = time.monotonic()
    until = begun + ready.timeout
    while missing := is_ready(job.host, job.action.native, ready):
        left = until - time.monotonic()
        if left <= 0:
            raise Refused(f"it is not ready within {ready.timeout:g} s: {missing}", "it runs on")
        job.tell(Wait(f"the guest to be ready: {missing}", ready.timeout, begun))
        if job.cancel.wait(min(_LOOK_AGAIN, left)):
            raise Refused(f"stopped while it was waited for: {missing}")


def is_ready(driver: Host, native: str, ready: Ready) -> str:
    """'' when the guest is ready, else what is missing, such as 'no lease yet'.

    Raises what the driver raises: Refused when the guest does not run, Unsupported where the hypervisor
    can never tell.
    """
    if ready.method == "agent":
        return "" if needed.guest(driver).agent_answers(native) else "its agent does not answer yet"
    if ready.method == "lease":
        return "" if needed.guest(driver).addresses(native, AddressSource.LEASE) else "no lease yet"
    if ready.method == "tcp":
        return _accepts(known_addresses(driver, native, BY_LEASE_FIRST), ready.port)
    return ""


def known_addresses(driver: Host, native: str, sources: Iterable[AddressSource]) -> tuple[GuestAddress, ...]:
    """A running guest's addresses as the first source that knows any tells them; () when none does."""
    for source in sources:
        try:
            found = needed.guest(driver).addresses(native, source)
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
