"""Saved plans: written by plan --out, taken by apply --plan as long as the world stands still."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from reconciler.cli.common import Common, Fault
from reconciler.plan import Options, Plan
from reconciler.report.json import FORMAT_VERSION
from specs.desired import Desired


@dataclass(frozen=True)
class SavedPlan:
    """A plan with what it was asked for; values of secrets are no part of it."""

    format_version: int
    kind: str
    tree: str
    state: str
    hosts: tuple[str, ...]
    options: Options
    plan: Plan


_ADAPTER = TypeAdapter(SavedPlan)


def save(path: Path, plan: Plan, desired: Desired, options: Options, common: Common) -> None:
    """Writes the plan for its owner alone: documents can hold what others need not know."""
    saved = SavedPlan(
        FORMAT_VERSION,
        "saved-plan",
        str(common.tree.resolve()),
        common.state,
        common.hosts,
        options,
        plan,
    )
    data = _ADAPTER.dump_json(saved, indent=2)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)


def read(path: Path) -> SavedPlan:
    """Reads a saved plan; Fault when it is none, or one of another version."""
    try:
        saved = _ADAPTER.validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        raise Fault(f"{path} is no saved plan: {place}: {first['msg']}") from None
    if saved.format_version != FORMAT_VERSION:
        raise Fault(f"{path} was saved by another version of virt-reconcile; plan again")
    return saved


def require_fresh(saved: SavedPlan, now: Plan) -> None:
    """Fault when the files or the hosts are not as they were when the plan was saved."""
    if saved.plan.seen == now.seen:
        return
    addresses = sorted(saved.plan.seen.keys() | now.seen.keys())
    moved = [a for a in addresses if saved.plan.seen.get(a) != now.seen.get(a)]
    shown = ", ".join(moved[:5]) + (f" and {len(moved) - 5} more" if len(moved) > 5 else "")
    raise Fault(f"the saved plan is stale: {shown} changed since; nothing was done, plan again")
