"""What a saved plan is bound to beside what it shows: the files, the hosts, and where values come from.

Only keyed digests are kept: a source may carry what is to stay secret, and nobody without the state's key
can guess at it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from drivers.base.machine import lasting
from reconciler.engine.round import Planned
from reconciler.operations import Fill
from reconciler.report.json import plain
from specs.desired import Declared, Desired
from specs.diagnostics import Origin
from specs.identity import Address

Bound = Mapping[str, Mapping[str, str]]
"""Thing → aspect → keyed digest."""

FILES = "the files of the tree"
_FLEET = "the Fleet"
_ASPECTS = {
    "document": "what is declared of it",
    "policy": "its policy",
    "secret": "where its value comes from",
    "source": "what it is filled with",
    "migration": "how it is moved",
    "ready": "when it is ready",
    "seed": "its seed",
    "placement": "its placement",
}
_SAID_OTHERWISE = ("address", "origin")


def bound_to(planned: Planned, key: bytes) -> dict[str, dict[str, str]]:
    """All that the executor goes by and that the plan does not hold itself."""
    desired, world = planned.desired, planned.world

    def digest(value: Any) -> str:
        text = json.dumps(plain(value), sort_keys=True)
        return hmac.new(key, text.encode(errors="surrogatepass"), hashlib.sha256).hexdigest()

    bound = {
        FILES: {"": digest(desired.files)},
        _FLEET: {f"its {f.name}": digest(getattr(desired.fleet, f.name)) for f in fields(desired.fleet)},
    }
    for name, host in desired.hosts.items():
        inventory = world.inventories.get(name)
        bound[f"host {name}"] = _aspects(host, digest) | {
            "which machine it is": digest(lasting(inventory.identity) if inventory else None)
        }
    for address in _touched(planned):
        declared = desired.resources.get(address)
        if declared:
            bound[str(address)] = _aspects(declared, digest)
    for address, identity in _contents(planned).items():
        bound[str(address)] = bound.get(str(address), {}) | {"its content": digest(identity)}
    return bound


def _touched(planned: Planned) -> set[Address]:
    plan = planned.plan
    return {action.address for action in plan.actions} | {refresh.address for refresh in plan.refreshes}


def _aspects(thing: Any, digest: Any) -> dict[str, str]:
    return {
        _ASPECTS.get(field.name, f"its {field.name.replace('_', ' ')}"): digest(value)
        for field in fields(thing)
        if field.name not in _SAID_OTHERWISE and not isinstance(value := getattr(thing, field.name), Origin)
    }


def _contents(planned: Planned) -> dict[Address, str]:
    """What the volumes will be filled with, as far as it can be told; an image on this side is read."""
    filled = (
        planned.desired.resources.get(action.address)
        for action in planned.plan.actions
        if isinstance(action.operation, Fill)
    )
    return {declared.address: _identity(declared, planned.desired) for declared in filled if declared}


def _identity(declared: Declared, desired: Desired) -> str:
    from reconciler.inputs.images import ImageError, default_cache, identity_of

    if declared.source is None:
        return ""
    try:
        return identity_of(declared.source, root=Path(desired.root), cache=default_cache())
    except ImageError as error:
        return f"cannot be read: {error}"
