"""What the files let be done to a resource, and where a secret's value is: from specs to plain data."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from specs.content import OnSourceChange
from specs.desired import BuildPolicy, OnDelete, Policy, RestartPolicy
from specs.identity import Kind
from specs.models.fleet import Defaults
from specs.models.policy import restart_policy, safety_policy, windows_of
from specs.models.secret import Value
from specs.secret_source import SecretSource


def policy_of(spec: Any, kind: Kind, defaults: Defaults) -> Policy:
    """The policy of a spec, with the fleet's defaults; of raw XML, which has none, the defaults."""
    if spec is None:
        return Policy(
            restart=RestartPolicy(defaults.restart),
            stop=defaults.stop.policy(),
            safety=safety_policy(None, defaults.safety_snapshot),
        )
    policy = Policy(protect=spec.protect, windows=windows_of(spec.windows))
    if kind is Kind.DOMAIN:
        return replace(
            policy,
            restart=restart_policy(spec.restart, RestartPolicy(defaults.restart)),
            stop=(spec.stop or defaults.stop).policy(),
            safety=safety_policy(spec.safety_snapshot, defaults.safety_snapshot),
        )
    if kind is Kind.NETWORK:
        return replace(policy, restart=RestartPolicy(spec.restart))
    if kind is Kind.STORAGE_POOL:
        return replace(policy, build=BuildPolicy(spec.build_policy()))
    if kind is Kind.VOLUME:
        return replace(
            policy,
            on_delete=OnDelete(spec.on_delete),
            on_source_change=OnSourceChange(spec.on_source_change),
        )
    return policy


def secret_source(spec: Any) -> SecretSource | None:
    """Where a Secret's value is read from; None for any other spec."""
    value = getattr(spec, "value", None)
    return value.source() if isinstance(value, Value) else None
