"""Two hosts that machines can move between, served for as long as the tests run."""

from __future__ import annotations

import atexit
import functools
import tempfile
from pathlib import Path

from tests.support.hyperv.endpoint import HyperVEndpoint
from tests.support.hyperv.model import HyperVModel


class HyperVFarm:
    """A host and its neighbour."""

    def __init__(self, folder: Path) -> None:
        self.host = HyperVEndpoint(HyperVModel("HV1"), folder)
        self.neighbour = HyperVEndpoint(HyperVModel("HV2"), folder)
        self.clear()

    def clear(self) -> None:
        """Both are as if nobody had used them."""
        one, two = self.host.model, self.neighbour.model
        one.clear()
        two.clear()
        one.neighbours["localhost"] = two
        two.neighbours["localhost"] = one
        for endpoint in (self.host, self.neighbour):
            endpoint.calls.clear()


@functools.cache
def session_farm() -> HyperVFarm:
    """The one of this process."""
    folder = Path(tempfile.mkdtemp(prefix="hyperv-"))
    farm = HyperVFarm(folder)
    for endpoint in (farm.host, farm.neighbour):
        endpoint.__enter__()
        atexit.register(endpoint.__exit__, None, None, None)
    return farm
