"""PV and PVH guests boot, say so at their console, and end when they are asked to. An HVM
guest takes longer to boot than a test waits, where every instruction is translated."""

from __future__ import annotations

import threading

import pytest

from drivers.base.guest import Console
from drivers.contract.bench import Bench
from specs.desired import PowerState, StopPolicy
from specs.identity import Kind
from tests.hypervisors.xen.contract import domain

_PATIENCE = 200.0
_GRACEFULLY = StopPolicy(methods=("acpi",), deadline=180, force=False)


@pytest.mark.parametrize("kind", ["linux", "xenpvh"])
def test_a_guest_boots_and_stops(bench: Bench, kind: str) -> None:
    lifecycle = bench.driver.lifecycle
    lifecycle.define(Kind.DOMAIN, "contract", domain(kind, "<console type='pty'/>"))
    lifecycle.start(Kind.DOMAIN, "contract")
    said = _read_until(bench.driver.guest.console("contract"), b"tick 3 ")
    assert b"guest is ready" in said
    lifecycle.stop(Kind.DOMAIN, "contract", _GRACEFULLY)
    assert bench.see(Kind.DOMAIN).power is PowerState.STOPPED


def _read_until(console: Console, text: bytes) -> bytes:
    """What a console says until it has said that; closed when it takes too long, which ends it."""
    late = threading.Timer(_PATIENCE, console.close)
    late.start()
    said = b""
    try:
        while text not in said and (piece := console.read()):
            said += piece
    finally:
        late.cancel()
        console.close()
    return said
