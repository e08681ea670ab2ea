"""What a plan is about: all of the tree, or what `--only` selects with all that it may need."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reconciler.plan.select import selected
from reconciler.plan.world import Options, World
from specs.content import domain_of_seed
from specs.desired import Desired
from specs.identity import Address, Kind


@dataclass(frozen=True, slots=True)
class Scope:
    """The declared resources that are compared; None is all of them."""

    addresses: frozenset[Address] | None = None

    def __contains__(self, address: Address) -> bool:
        return self.addresses is None or address in self.addresses


def scope_of(desired: Desired, world: World, options: Options) -> Scope:
    """What is selected, what it requires or is started after,
    and the domains whose former seeds are selected."""
    if not options.only:
        return Scope()
    reach = list(_selected(desired, world, options))
    found = set(reach)
    while reach:
        declared = desired.resources.get(reach.pop())
        for address in (*declared.requires, *declared.after) if declared else ():
            if address not in found:
                found.add(address)
                reach.append(address)
    return Scope(frozenset(found))


def _selected(desired: Desired, world: World, options: Options) -> Iterator[Address]:
    for address, declared in desired.resources.items():
        if selected(options.only, address, declared.labels):
            yield address
    for address, record in world.records.items():
        if record.policy.generated and selected(options.only, address):
            yield Address(Kind.DOMAIN, domain_of_seed(address.name))
