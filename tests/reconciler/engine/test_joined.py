"""The connections of a service, and the changes that they tell of."""

from __future__ import annotations

from pathlib import Path

import pytest

from drivers.base import Happening, needed
from drivers.base.errors import Unreachable
from drivers.contract.heard import Heard
from reconciler.engine.joined import HostPool
from reconciler.engine.sealing import Sealer
from specs.desired import DeclaredHost, Desired, FleetPolicy
from specs.diagnostics import Origin
from specs.identity import Kind


def test_a_host_tells_of_changes_once_it_is_connected_and_sealed_too(tmp_path: Path) -> None:
    host = DeclaredHost("hv1", f"sim://{tmp_path}/host.db", Origin("test"))
    desired = Desired(str(tmp_path), FleetPolicy(), {"hv1": host}, {})
    pool, heard = HostPool(readonly=False), Heard()
    with pytest.raises(Unreachable):
        pool.subscribe("hv1", heard.tell, heard.lose)
    joined = pool.of(["hv1"], desired)
    joined.seal(Sealer(lambda: b"key"))
    pool.subscribe("hv1", heard.tell, heard.lose)
    needed.lifecycle(joined.drivers["hv1"]).define(Kind.NETWORK_FILTER, "x", "<filter name='x'/>")
    heard.wait_for(Happening.DEFINED, Kind.NETWORK_FILTER, "x")
    pool.close()
    heard.wait(lambda: heard.lost == 1)
