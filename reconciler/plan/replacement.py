"""Which volumes are filled anew, and which guests stop for it: decided before anything is drafted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from reconciler.plan.model import Hold
from reconciler.plan.policy import restart_held
from reconciler.plan.users import overlays, users_of
from reconciler.plan.windows import Rules
from reconciler.plan.world import World
from specs.content import OnSourceChange
from specs.desired import Desired, PowerState
from specs.identity import Address, Kind

_NOBODYS = Hold("nothing declares it")


@dataclass(frozen=True, slots=True)
class Replacements:
    """`volumes` maps those that are filled anew to what is in them now; `refused` those whose policy
    wants it to why it must not be; `stopped` are the domains that stop meanwhile."""

    volumes: Mapping[Address, str] = field(default_factory=dict)
    refused: Mapping[Address, str] = field(default_factory=dict)
    stopped: frozenset[Address] = frozenset()

    def concern(self, address: Address) -> bool:
        """Whether anything is decided about a resource here."""
        return address in self.volumes or address in self.refused or address in self.stopped


def replacements(desired: Desired, world: World, rebuilt: frozenset[Address]) -> Replacements:
    """What onSourceChange: replace and onSeedChange: rebuild lead to, as far as nothing else is harmed."""
    wanted = dict(_changed_sources(desired, world)) | dict(_of_rebuilt(desired, world, rebuilt))
    if not wanted:
        return Replacements(stopped=rebuilt)
    refused: dict[Address, str] = {}
    stopped, rules = set(rebuilt), Rules(desired.hosts, desired.fleet)
    for address in wanted:
        declared = desired.resources[address]
        upon = overlays(address, declared.native, declared.host, world.inventories)
        others = [name for name in upon if name not in _natives(desired, wanted)]
        if others:
            refused[address] = (
                f"its source changed, but it is the backing of {', '.join(others)}: replacing it would"
                " destroy what is in there; declare the new image as a volume of another name"
            )
            continue
        for using in users_of(address, declared.native, declared.host, world.inventories):
            user, found = using.name, using.found
            domain = desired.resources.get(Address(Kind.DOMAIN, user))
            if found.saved is not None:
                refused[address] = (
                    f"its source changed, but {using} was saved (virsh managedsave) and goes on with what is"
                    " in there: start it first, or drop its saved image (virsh managedsave-remove)"
                )
            elif found.power is PowerState.STOPPED:
                if domain is None:
                    refused[address] = (
                        f"its source changed, but {using}, which this tree does not declare, uses it:"
                        " replacing it would destroy what is in there"
                    )
                continue
            held = restart_held(domain, rules, world.now) if domain else _NOBODYS
            if Address(Kind.DOMAIN, user) in rebuilt or held is None:
                stopped.add(Address(Kind.DOMAIN, user))
            else:
                refused[address] = (
                    f"its source changed, but the running Domain/{user} uses it ({held.why}): declare"
                    " restart: if-needed there, or state: stopped first"
                )
    kept = {address: found for address, found in wanted.items() if address not in refused}
    return Replacements(kept, refused, frozenset(stopped))


def _changed_sources(desired: Desired, world: World) -> Iterator[tuple[Address, str]]:
    for address, identity in world.answers.contents.items():
        declared, record = desired.resources.get(address), world.records.get(address)
        if (
            declared is not None
            and record is not None
            and declared.policy.on_source_change is OnSourceChange.REPLACE
            and record.content not in ("", identity)
            and world.of(declared) is not None
        ):
            yield address, f"filled from another source ({record.content})"


def _of_rebuilt(desired: Desired, world: World, rebuilt: frozenset[Address]) -> Iterator[tuple[Address, str]]:
    for domain in rebuilt:
        for address in desired.resources[domain].requires:
            volume = desired.resources.get(address)
            if (
                volume is not None
                and volume.address.kind is Kind.VOLUME
                and volume.policy.on_source_change is OnSourceChange.REPLACE
                and world.of(volume) is not None
            ):
                yield address, f"what {domain} wrote"


def _natives(desired: Desired, addresses: Mapping[Address, str]) -> frozenset[str]:
    return frozenset(desired.resources[address].native for address in addresses)
