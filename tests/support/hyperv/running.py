"""A script, run against a model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drivers.hyperv.cmdlets import CMDLETS as DOCUMENTED
from tests.support.hyperv import holding_cmdlets, machine_cmdlets, part_cmdlets
from tests.support.hyperv.kit import Body
from tests.support.hyperv.model import HyperVModel
from tests.support.hyperv.powershell import Cmdlet, Interpreter

BODIES: dict[str, Body] = machine_cmdlets.CMDLETS | part_cmdlets.CMDLETS | holding_cmdlets.CMDLETS

_PIPED = {
    "remove-vmnetworkadapter": "vmnetworkadapter",
    "remove-vmdvddrive": "vmdvddrive",
}
"""Which parameter takes what comes through the pipeline."""


def run(model: HyperVModel, script: str, request: str) -> str:
    """What a script answers to a request."""
    with model.mutex:
        (answer,) = Interpreter(_cmdlets(model)).run(script, {"request": request})
    return str(answer)


def _cmdlets(model: HyperVModel) -> Mapping[str, Cmdlet]:
    return {name.lower(): _bound(model, name, body) for name, body in BODIES.items()}


def _bound(model: HyperVModel, name: str, body: Body) -> Cmdlet:
    """The cmdlet, called as its documentation allows."""
    allowed = {parameter.lower() for parameter in DOCUMENTED[name].parameters}

    def call(given: Mapping[str, Any], handed: list[Any] | None) -> list[Any]:
        unknown = {key for key in given if key not in allowed}
        assert not unknown, f"{name} has no parameter {unknown}"
        if handed is None:
            return body(model, given)
        return [out for each in handed for out in body(model, {**given, _PIPED[name.lower()]: each})]

    return call
