"""An active object against its persistent document: what can be made live, what waits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from drivers.dialects import Dialect
from reconciler.compare.align import Sides
from reconciler.compare.live_domain import device_path, domain_changes
from reconciler.compare.live_network import entry_path, network_changes
from reconciler.compare.model import Cause, Difference, Effect, LiveChange, LiveComparison
from reconciler.compare.threeway import Decider
from reconciler.compare.unsaid import forget_unsaid
from specs.documents.tree import Node, plain, to_node
from specs.identity import Kind
from specs.xml import parse


def compare_live(
    kind: Kind, persistent: str, live: str, dialect: Dialect, declared: str = ""
) -> LiveComparison:
    """What an active domain or network lacks of its persistent document.

    Whatever only the live document has (identifiers, chosen ports, backing chains, labels, an expanded CPU)
    is no difference; a device that was only plugged in live is. At which address a device stands counts
    where it is `declared`.
    """
    wanted, actual = (_quiet(kind, document, dialect) for document in (persistent, live))
    if kind is Kind.DOMAIN:
        dialect.running.alike(wanted, actual)
        said = dialect.normalise(kind, to_node(parse(declared))) if declared else None
        forget_unsaid(wanted, actual, said, dialect)
    decider = Decider(
        dialect, recorded=False, same_version=True, unrecorded=Cause.DRIFTED, exact=dialect.running.kept
    )
    decider.decide(Sides(wanted, None, None, actual))
    if kind is Kind.NETWORK:
        return _split(network_changes(decider.findings, wanted, actual, dialect))
    if kind is Kind.DOMAIN:
        return _split(domain_changes(decider.findings, wanted, actual, dialect.effects))
    return LiveComparison((), tuple(finding.told(Effect.NEXT_BOOT) for finding in decider.findings))


def whole_of(kind: Kind, path: str, dialect: Dialect) -> str:
    """The device of a domain or the entry of a network that a path lies in, which is changed in one call."""
    if kind is not Kind.NETWORK:
        return device_path(path)
    return entry_path(path, dialect.effects.section(plain(path)))


def held_back(
    found: LiveComparison, changed: Iterable[Difference], kind: Kind, dialect: Dialect
) -> LiveComparison:
    """What was found, with a device waiting of which the definition loses something that only a new start can
    take from it: the update of the whole would be refused."""
    losing = {
        whole_of(kind, each.path, dialect)
        for each in changed
        if each.declared is None and each.effect is Effect.NEXT_BOOT
    }
    changes, pending = [], list(found.pending)
    for change in found.changes:
        if change.operation.makes_whole and whole_of(kind, change.difference.path, dialect) in losing:
            pending.append(replace(change.difference, effect=Effect.NEXT_BOOT))
        else:
            changes.append(change)
    return LiveComparison(tuple(changes), tuple(pending))


def with_untold(
    found: LiveComparison, changed: Iterable[Difference], kind: Kind, dialect: Dialect
) -> LiveComparison:
    """What was found, and what was edited where the live document does not tell what it was started with."""
    untold = dialect.running.untold if kind is Kind.DOMAIN else frozenset()
    known = {each.path for each in found.pending}
    edited = (each for each in changed if each.cause is Cause.EDITED and each.path not in known)
    waiting = (each for each in edited if any(f"{plain(each.path)}/".startswith(f"{u}/") for u in untold))
    return LiveComparison(found.changes, (*found.pending, *waiting))


def spared(found: LiveComparison) -> LiveComparison:
    """What was found, with that waiting which would take from the guest what it has."""
    taking = tuple(replace(c.difference, effect=Effect.NEXT_BOOT) for c in found.changes if c.takes)
    return LiveComparison(tuple(c for c in found.changes if not c.takes), (*found.pending, *taking))


def _quiet(kind: Kind, document: str, dialect: Dialect) -> Node:
    return dialect.quiet(kind, dialect.normalise(kind, to_node(parse(document))))


def _split(found: Iterable[LiveChange | Difference]) -> LiveComparison:
    found = tuple(found)
    return LiveComparison(
        tuple(item for item in found if isinstance(item, LiveChange)),
        tuple(item for item in found if isinstance(item, Difference)),
    )
