"""What a spec asks for that its hypervisor cannot do at all."""

from __future__ import annotations

from collections.abc import Iterator

from specs.desired import SafetyPolicy
from specs.matrix.model import Ability, Facet, Hypervisor, cannot
from specs.models.base import Metadata
from specs.models.domain import DomainSpec

Place = tuple[str, ...]


def beyond(row: Hypervisor, metadata: Metadata, spec: DomainSpec, host: str) -> Iterator[tuple[Place, str]]:
    """Where a Domain asks for more than can be done, and what to say."""
    asked: tuple[tuple[Ability, object, Place, str], ...] = (
        (Ability.PAUSE, spec.state == "paused", ("spec", "state"), "pause a domain; say running or stopped"),
        (
            Ability.AUTOSTART,
            spec.autostart,
            ("spec", "autostart"),
            "start a domain with itself; leave autostart out",
        ),
        (
            Ability.RENAME,
            metadata.formerly,
            ("metadata", "formerly"),
            "rename a domain; rename it there by hand, or keep the name",
        ),
        (
            Ability.AGENT,
            spec.ready and spec.ready.method == "agent",
            ("spec", "ready"),
            "ask a guest's agent; let ready be told by another method",
        ),
    )
    for ability, wanted, place, words in asked:
        if wanted and ability not in row.can:
            yield place, f"{host} ({row.title}) cannot {words}"


def unsafe(row: Hypervisor, safety: SafetyPolicy, host: str) -> str:
    """What to say of a guest that wants a snapshot before what is disruptive, where none is ever taken; ''
    where it may have its will."""
    if safety is not SafetyPolicy.REQUIRED or Ability.SNAPSHOT in row.can:
        return ""
    return (
        f"{cannot(f'{host} ({row.title})', Facet.SNAPSHOTS)}, so that what is disruptive would wait for ever:"
        " safetySnapshot: if-possible goes on without"
    )
