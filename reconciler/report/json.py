"""Everything as JSON: one document with a format version, documented in docs/json.md."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from reconciler.compare.model import Difference, Note
from reconciler.plan.merging import Merge
from reconciler.plan.model import Action, Outcome, Plan, Verdict
from reconciler.report.places import field_of
from specs.diagnostics import Origin
from specs.identity import Address, Kind

FORMAT_VERSION = 1


def document(**parts: Any) -> str:
    """One JSON document of these parts."""
    return json.dumps({"format_version": FORMAT_VERSION} | plain(parts), indent=2, ensure_ascii=False)


def plain(value: Any) -> Any:
    """Frozen data as JSON's own types: addresses and origins as text, enumerations by their values."""
    if isinstance(value, (Address, Origin)):
        return str(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(inner) for inner in value]
    return value if isinstance(value, (int, float, bool)) or value is None else str(value)


def plan_document(plan: Plan) -> str:
    """A plan: what the world is, what differs, what will be done."""
    return document(kind="plan", **_parts(plan))


def merge_document(merge: Merge) -> str:
    """What merging would do, what is to be done anyway, and what would not be any more."""
    return document(
        kind="merge",
        merged=_parts(merge.merged),
        pending=_parts(merge.pending),
        averted=[_action(action) for action in merge.averted],
    )


def _parts(plan: Plan) -> dict[str, Any]:
    return {
        "fleet": plan.fleet,
        "tree": plan.root,
        "commit": plan.commit,
        "created": plan.created,
        "hosts": plan.hosts,
        "unreachable": plan.unreachable,
        "warnings": plan.warnings,
        "privileged": [{"address": v.address, "host": v.host, "what": v.privileged} for v in plan.privileged],
        "resources": [resource(verdict) for verdict in plan.verdicts],
        "actions": [_action(action) for action in plan.actions],
        "changes": len(plan.changes),
    }


def resource(verdict: Verdict) -> dict[str, Any]:
    """What is said of one resource."""
    kind, told = verdict.address.kind, {each.name: getattr(verdict, each.name) for each in fields(verdict)}
    return told | {name: with_fields(kind, told[name]) for name in ("differences", "pending", "rewritten")}


def told(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of the status, its differences with their fields."""
    kind = row["address"].kind
    return {**row, **{name: with_fields(kind, row[name]) for name in ("pending", "rewritten")}}


def with_fields(kind: Kind, found: Iterable[Difference | Note]) -> list[dict[str, Any]]:
    """Places of a document with the fields that stand there."""
    return [plain(each) | {"field": field_of(kind, each.path)} for each in found]


def outcomes_document(plan: Plan, outcomes: Iterable[Outcome]) -> str:
    """What became of a plan's actions."""
    return document(
        kind="outcomes",
        fleet=plan.fleet,
        tree=plan.root,
        commit=plan.commit,
        outcomes=[
            {
                "action": outcome.action.id,
                "address": outcome.action.address,
                "host": outcome.action.host,
                "verb": outcome.action.verb,
                "result": outcome.result,
                "message": outcome.message,
                "seconds": round(outcome.seconds, 3),
            }
            for outcome in outcomes
        ],
    )


def _action(action: Action) -> dict[str, Any]:
    operation = action.operation
    return {
        "id": action.id,
        "verb": action.verb,
        "address": action.address,
        "host": action.host,
        "native": action.native,
        "effect": action.effect,
        "reasons": with_fields(action.address.kind, action.reasons),
        "document": operation.document,
        "arguments": operation.arguments(),
        "after": action.after,
        "uuid": action.uuid,
        "deferred": action.deferred,
        "until": action.until,
    }
