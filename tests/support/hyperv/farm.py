"""Two hosts that machines can move between, served for as long as the tests run."""

from __future__ import annotations

import atexit
import functools
import os
import tempfile
from pathlib import Path

from tests.support.hyperv.endpoint import PASSWORD, HyperVEndpoint
from tests.support.hyperv.model import MIB, HyperVModel, ModelDisk
from tests.support.hyperv.shell import ModelShell
from tests.support.hyperv.specimens import documents


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
        for name, document in documents():
            if "Loose" in document:
                one.disks[f"E:\\Loose\\{name}.vhdx"] = ModelDisk(64 * MIB)
        one.neighbours["localhost"] = two
        two.neighbours["localhost"] = one
        for endpoint in (self.host, self.neighbour):
            endpoint.calls.clear()

    def host_shell(self) -> ModelShell:
        """A session on the host, without a wire."""
        return ModelShell(self.host.model)


@functools.cache
def session_farm() -> HyperVFarm:
    """The one of this process."""
    os.environ["VR_HYPERV"] = PASSWORD
    folder = Path(tempfile.mkdtemp(prefix="hyperv-"))
    farm = HyperVFarm(folder)
    for endpoint in (farm.host, farm.neighbour):
        endpoint.__enter__()
        atexit.register(endpoint.__exit__, None, None, None)
    return farm
