"""A session on a model without any wire between: scripts and answers are the same."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from drivers.base import Host
from drivers.hyperv.host import HyperVEndpoint
from drivers.hyperv.scripts import script
from drivers.hyperv.shell import Lost, ScriptFailed
from drivers.hyperv.uri import HyperVAddress
from tests.support.hyperv.model import HyperVModel
from tests.support.hyperv.running import run
from tests.support.hyperv.values import PowerShellError


class ModelShell:
    """drivers.hyperv.shell.Shell. `model.cuts` says where the connection breaks: a script's name, and whether
    it took effect; after 'steps' cmdlets of it where that is said."""

    def __init__(self, model: HyperVModel) -> None:
        self._model = model

    def run(self, name: str, request: Mapping[str, object], seconds: float) -> Any:
        cut = self._model.cut_of(name)
        if cut == "before":
            raise Lost("the connection was cut", unsent=False)
        if cut == "unsent":
            raise Lost("the shell is not known any more", unsent=True)
        try:
            answer = run(self._model, script(name), json.dumps(request))
        except PowerShellError as error:
            raise ScriptFailed(error.id, error.category, error.message) from error
        if cut == "after":
            raise Lost("the connection was cut", unsent=False)
        return json.loads(answer)

    def close(self) -> None:
        return


def open_model(model: HyperVModel, *, readonly: bool = False) -> Host:
    """The driver's host upon a model."""
    address = HyperVAddress("hyperv://localhost", "https", "localhost", 5986)
    return HyperVEndpoint(address, lambda: ModelShell(model), readonly=readonly).host("hv")
