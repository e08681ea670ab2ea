"""A changed seed (cloud-init, Ignition, config drive) of a guest that exists: what its policy makes of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from drivers.base import Observation
from reconciler.compare.model import Cause, Difference
from reconciler.operations import Undefine
from reconciler.plan.draft import Draft, Target
from reconciler.plan.model import Status, Verdict
from reconciler.plan.world import World
from specs.content import OnSeedChange, domain_of_seed
from specs.desired import Declared, Desired, goal_digest
from specs.identity import Address, Kind


@dataclass(frozen=True, slots=True)
class EffectiveSeeds:
    """The tree with the seeds that are in force, what is to be told of the others, and the domains whose
    changed seed rebuilds them."""

    desired: Desired
    notes: Mapping[Address, str] = field(default_factory=dict)
    rebuilt: frozenset[Address] = frozenset()


def effective_seeds(desired: Desired, world: World) -> EffectiveSeeds:
    """Where a changed seed is ignored, the declaration keeps the seed that the guest has."""
    resources = dict(desired.resources)
    notes: dict[Address, str] = {}
    rebuilt = set()
    for address, declared in desired.resources.items():
        if declared.seed is None:
            continue
        old = _other_seed(declared, world)
        if not old:
            continue
        policy = declared.seed.policy
        notes[address] = _NOTES[policy]
        if policy is OnSeedChange.REBUILD:
            rebuilt.add(address)
        elif policy is OnSeedChange.IGNORE:
            _keep_seed(declared, old, resources)
    return EffectiveSeeds(
        replace(desired, resources=resources) if notes else desired, notes, frozenset(rebuilt)
    )


_NOTES = {
    OnSeedChange.IGNORE: "its seed changed; the guest keeps the one that it has (onSeedChange: ignore)",
    OnSeedChange.RESEED: "its seed changed; the next boot finds the new one (onSeedChange: reseed)",
    OnSeedChange.REBUILD: "its seed changed; it is rebuilt from its images (onSeedChange: rebuild)",
}


def superseded_seeds(desired: Desired, world: World, drafts: Iterable[Draft]) -> Iterator[Draft]:
    """The seeds that declared domains had before: removed once their domain has the new one. They are
    made from the files alone, so that nothing is lost."""
    of_domain = {
        draft.verdict.address: draft for draft in drafts if draft.verdict.address.kind is Kind.DOMAIN
    }
    for address, record in world.records.items():
        domain = Address(Kind.DOMAIN, domain_of_seed(address.name)) if record.policy.generated else None
        if domain is None or address in desired.resources or domain not in of_domain:
            continue
        if world.observation(record.host, Kind.VOLUME, record.native) is None:
            continue
        declared = desired.resources.get(domain)
        if declared and declared.seed and declared.seed.volume == address.name:
            continue  # the same seed on the host that it came from: pruning decides
        user, target = of_domain[domain], Target(address, record.host, record.native)
        if any(action.deferred for action in user.actions) or user.verdict.status is Status.BLOCKED:
            problem = f"{domain} may have it open until it is as declared"
            yield Draft(Verdict(address, record.host, Status.KEPT, problem=problem))
            continue
        reason = (Difference("", None, "a former seed", Cause.PRUNED),)
        first = tuple(action for action in user.actions if action.operation.settles)
        undefine = target.act(Undefine(), reason, after=first)
        yield Draft(Verdict(address, record.host, Status.DELETE, differences=reason), (undefine,))


def _other_seed(declared: Declared, world: World) -> str:
    """The seed volume that the guest has, where it is not the declared one and is still there."""
    assert declared.seed is not None
    for host, observation in _observed(declared, world):
        pattern = rf"{re.escape(declared.address.name)}-seed-[0-9a-f]{{16}}\.(?:iso|ign)"
        found = re.search(pattern, observation.document)
        if found and found[0] != declared.seed.volume:
            native = f"{declared.seed.pool}/{found[0]}"
            return found[0] if world.observation(host, Kind.VOLUME, native) else ""
    return ""


def _observed(declared: Declared, world: World) -> Iterator[tuple[str, Observation]]:
    """The domain, wherever it is."""
    for host in (declared.host, *world.inventories):
        found = world.observation(host, Kind.DOMAIN, declared.native)
        if found:
            yield host, found


def _keep_seed(declared: Declared, old: str, resources: dict[Address, Declared]) -> None:
    """Puts the old seed in the place of the new one; its content is not looked at any more."""
    assert declared.seed is not None
    new = declared.seed.volume
    volumes = {
        address: replace(address, name=old)
        for address in declared.requires
        if address.kind is Kind.VOLUME and address.name == new
    }
    document = declared.document.replace(new, old)
    resources[declared.address] = replace(
        declared,
        document=document,
        digest=goal_digest(document, declared.power, declared.autostart, start_new=declared.start_new),
        requires=tuple(volumes.get(address, address) for address in declared.requires),
        seed=replace(declared.seed, volume=old),
    )
    for address, kept in volumes.items():
        seed = resources.pop(address)
        document = seed.document.replace(new, old)
        resources[kept] = replace(
            seed,
            address=kept,
            native=f"{kept.pool}/{old}",
            document=document,
            digest=goal_digest(document, None, None, start_new=False),
            source=None,
        )
