"""What the files let be done to a resource, and where a secret's value is: from specs to plain data."""

from __future__ import annotations

from typing import Any

from specs.content import OnSourceChange
from specs.desired import BuildPolicy, OnDelete, Policy, RestartPolicy
from specs.identity import Kind
from specs.models.fleet import Defaults
from specs.models.policy import restart_policy
from specs.models.secret import Value
from specs.secret_source import SecretSource


def policy_of(spec: Any, kind: Kind, defaults: Defaults) -> Policy:
    """The policy of a spec, with the fleet's defaults; of raw XML, which has none, the defaults."""
    if spec is None:
        return Policy(
            restart=RestartPolicy(defaults.restart),
            windows=tuple(window.window() for window in defaults.windows),
            stop=defaults.stop.policy(),
        )
    policy = Policy(protect=spec.protect)
    if kind is Kind.DOMAIN:
        windows = spec.windows or defaults.windows
        return Policy(
            restart=restart_policy(spec.restart, RestartPolicy(defaults.restart)),
            windows=tuple(window.window() for window in windows),
            stop=(spec.stop or defaults.stop).policy(),
            protect=spec.protect,
        )
    if kind is Kind.NETWORK:
        return Policy(restart=RestartPolicy(spec.restart), protect=spec.protect)
    if kind is Kind.STORAGE_POOL:
        return Policy(build=BuildPolicy(spec.build_policy()), protect=spec.protect)
    if kind is Kind.VOLUME:
        return Policy(
            on_delete=OnDelete(spec.on_delete),
            on_source_change=OnSourceChange(spec.on_source_change),
            protect=spec.protect,
        )
    return policy


def secret_source(spec: Any) -> SecretSource | None:
    """Where a Secret's value is read from; None for any other spec."""
    value = getattr(spec, "value", None)
    return value.source() if isinstance(value, Value) else None
