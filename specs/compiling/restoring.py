"""What stands beside the resources in a compiled tree, made again of what JSON kept."""

from __future__ import annotations

from typing import Any

from specs.desired import DeclaredHost, FleetPolicy, SignaturePolicy
from specs.diagnostics import Origin
from specs.fights import FightPolicy
from specs.guests import HostCapacity, HostMigration
from specs.modes import Mode
from specs.receivers import restore_receiver
from specs.rollouts import restore_rollout
from specs.secret_source import SecretSource
from specs.windows import restore_window


def tupled(value: Any) -> Any:
    """JSON's lists as the tuples that they were, at every depth."""
    if isinstance(value, list):
        return tuple(map(tupled, value))
    return {k: tupled(v) for k, v in value.items()} if isinstance(value, dict) else value


def restore_fleet(values: dict[str, Any]) -> FleetPolicy:
    """What a Fleet says."""
    signatures = values["signatures"]
    return FleetPolicy(
        **{
            **values,
            "signatures": SignaturePolicy(**signatures) if signatures else None,
            "fights": FightPolicy(**values["fights"]),
            "receivers": tuple(map(restore_receiver, values["receivers"])),
            "rollout": restore_rollout(values["rollout"]) if values["rollout"] else None,
        }
    )


def restore_secret(values: dict[str, Any]) -> SecretSource:
    """Where a secret's value is read from."""
    return SecretSource(**{**values, "command": tuple(values["command"])})


def restore_rules(values: dict[str, Any]) -> dict[str, Any]:
    """What a Fleet and a Host say of how what is below them is treated."""
    return {"mode": Mode(values["mode"]), "windows": tuple(map(restore_window, values["windows"]))}


def restore_host(values: dict[str, Any]) -> DeclaredHost:
    """A host, as it was declared."""
    return DeclaredHost(
        **{
            **values,
            "origin": Origin(**values["origin"]),
            "labels": tupled(values["labels"]),
            "capacity": HostCapacity(**values["capacity"]),
            "migration": HostMigration(**values["migration"]),
            **restore_rules(values),
            "credentials": tuple((name, restore_secret(s)) for name, s in values["credentials"]),
        }
    )
