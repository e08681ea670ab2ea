"""Asking guests: at once, and not for ever."""

from __future__ import annotations

import time
from pathlib import Path

from drivers.contract.complete import open_complete
from drivers.simulated import faults
from reconciler.engine.guests import ask_guests
from reconciler.plan.observed import Observed
from reconciler.plan.world import World
from specs.desired import Declared
from specs.diagnostics import Origin
from specs.identity import Address, Kind

DOMAIN = "<domain type='kvm'><name>{}</name><memory>65536</memory><os><type>hvm</type></os></domain>"


def test_a_guest_that_hangs_holds_up_nobody(tmp_path: Path) -> None:
    drivers = {h: open_complete(f"sim://{tmp_path}/sim.db?host={h}", host=h) for h in ("hv1", "hv2")}
    declared = []
    for host, driver in drivers.items():
        name = f"on-{host}"
        driver.lifecycle.define(Kind.DOMAIN, name, DOMAIN.format(name))
        driver.lifecycle.start(Kind.DOMAIN, name)
        address = Address(Kind.DOMAIN, name)
        declared.append(Declared(address, host, name, "", "", "", Origin("x.yaml")))
    inventories = {host: driver.observe.inventory() for host, driver in drivers.items()}
    world = World(Observed(inventories))
    faults.inject(tmp_path / "sim.db", "hv1", "addresses", "*", "hang")
    began = time.monotonic()
    known = ask_guests(declared, world, drivers, patience=3)
    assert 2.9 < time.monotonic() - began < 30
    assert [address.name for address in known] == ["on-hv2"]
    for driver in drivers.values():
        driver.close()
