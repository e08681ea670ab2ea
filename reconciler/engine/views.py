"""The rows of a view on status: what is declared and what is observed, resource by resource.

Tables, JSON and pages show the same rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from drivers.dialects.families import libvirt_release
from drivers.dialects.settings import settings_of
from reconciler.compare.model import Note
from reconciler.engine.condition import Found, condition_of
from reconciler.engine.guests import GuestView, ask_guests
from reconciler.engine.hosts import Hosts
from reconciler.engine.round import Planned
from reconciler.engine.standings import actions_by_address, declared_word, observed_word
from reconciler.plan.model import earliest
from reconciler.plan.unkept import unkept
from reconciler.plan.world import World
from reconciler.report.guests import POWER_VERBS, size_of, started_at
from specs.desired import Declared
from specs.identity import Address, Kind
from state import OpenState
from state.journal import ActionEntry
from state.standings import Condition

Row = dict[str, Any]


Facts = Mapping[Address, Row]
"""What a wide view tells of each domain beside its state."""


def status_rows(planned: Planned, store: OpenState, facts: Facts) -> list[Row]:
    """A row for every resource that the plan is about."""
    last = store.last_outcomes()
    actions = actions_by_address(planned.plan.actions)
    return [
        _row(Found(verdict, actions.get(verdict.address, ())), planned, last) | facts.get(verdict.address, {})
        for verdict in planned.plan.verdicts
    ]


def guest_facts(planned: Planned, store: OpenState, hosts: Hosts) -> Facts:
    """What domains have, since when they run, how they are reached and whether they are ready."""
    resources = planned.desired.resources
    selected = (resources.get(verdict.address) for verdict in planned.plan.verdicts)
    domains = [declared for declared in selected if declared and declared.address.kind is Kind.DOMAIN]
    views = ask_guests(domains, planned.world, hosts.drivers)
    power, kept = store.last_outcomes(POWER_VERBS), _kept(planned)
    return {
        declared.address: _facts(
            declared, planned, views.get(declared.address, GuestView()), power.get(str(declared.address))
        )
        | {"kept": kept.get((declared.host, declared.address.name), ())}
        for declared in domains
    }


def dropped(row: Row) -> list[Note]:
    """What the resource of a row is declared to have and its host does not keep."""
    return [note for note in row["rewritten"] if note.observed is None]


def _row(found: Found, planned: Planned, last: Mapping[str, ActionEntry]) -> Row:
    verdict = found.verdict
    declared = planned.desired.resources.get(verdict.address)
    return {
        "address": verdict.address,
        "host": verdict.host,
        "declared": declared_word(verdict, declared),
        "observed": observed_word(verdict, planned),
        "mode": verdict.mode,
        "status": _status(found),
        "waits": tuple(dict.fromkeys(action.deferred for action in found.actions if action.deferred)),
        "until": earliest(found.actions),
        "last": _last(last.get(str(verdict.address))),
        "acted": _acted(last.get(str(verdict.address))),
        "problem": verdict.problem,
        "pending": verdict.pending,
        "rewritten": verdict.rewritten or _unkept(declared, planned.world),
    }


def _unkept(declared: Declared | None, world: World) -> tuple[Note, ...]:
    """What a host drops of what is plainly converged, and so was not compared."""
    inventory = world.inventories.get(declared.host) if declared else None
    if declared is None or inventory is None:
        return ()
    settings = settings_of(libvirt_release(inventory.version))
    return unkept(declared, settings, world.dialect(declared.host))


def _kept(planned: Planned) -> Mapping[tuple[str, str], tuple[str, ...]]:
    """The addresses that networks keep for guests, by their hosts and names."""
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for network in planned.desired.resources.values():
        for kept in network.reserved:
            place = network.host, kept.domain
            found[place] = (*found.get(place, ()), kept.ip)
    return found


def _facts(declared: Declared, planned: Planned, view: GuestView, last: ActionEntry | None) -> Row:
    seen = planned.world.of(declared)
    size = size_of(seen) if seen else None
    return {
        "vcpus": size.vcpus if size else None,
        "memory_kib": size.memory_kib if size else None,
        "started": started_at(seen, last),
        "addresses": view.addresses,
        "ready": None if view.ready is None else "ready" if view.ready else "waiting",
    }


def _status(found: Found) -> str:
    """Its condition; of a change, which one it is."""
    condition = condition_of(found)
    return str(found.verdict.status if condition is Condition.CHANGE else condition)


def _acted(outcome: ActionEntry | None) -> dict[str, Any] | None:
    """The last action as data: what was done, what became of it, when it was begun."""
    if outcome is None:
        return None
    return {"verb": outcome.verb, "outcome": outcome.outcome or "interrupted", "at": outcome.started}


def _last(outcome: ActionEntry | None) -> str:
    if outcome is None:
        return "-"
    when = datetime.fromtimestamp(outcome.started, UTC).strftime("%Y-%m-%d %H:%M")
    return f"{outcome.verb} {outcome.outcome or 'interrupted'} {when}"
