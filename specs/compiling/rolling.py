"""A Fleet's roll-out, with the guests that it counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from specs.compiling.work import Load
from specs.desired import Declared
from specs.diagnostics import Origin, Problem
from specs.identity import Kind
from specs.models.rollout import RolloutSpec
from specs.rollouts import RolloutPolicy


def rollout_of(
    spec: RolloutSpec | None, resources: Iterable[Declared], origin: Origin, work: Load
) -> RolloutPolicy | None:
    """The roll-out as plain data. Canaries that nothing is are a problem: nobody would go first."""
    if spec is None:
        return None
    guests = [declared for declared in resources if declared.address.kind is Kind.DOMAIN]
    wanted = spec.canary.items()
    canaries = tuple(guest.address for guest in guests if wanted and wanted <= dict(guest.labels).items())
    if wanted and guests and not canaries:
        labels = ", ".join(f"{label}: {value}" for label, value in wanted)
        work.problems.append(Problem(origin, f"rollout.canary: no Domain has the labels {{{labels}}}"))
    policy = RolloutPolicy(
        spec.max_unavailable, spec.batch, spec.pause, spec.max_failures, canaries, spec.per or ""
    )
    groups = Counter(policy.group_of(guest.labels) for guest in guests)
    return replace(policy, groups=tuple(sorted(groups.items())))
