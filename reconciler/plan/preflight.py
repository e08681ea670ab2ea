"""What a host would refuse of a domain, foreseen: what its family, or its release, does not have; its machine
type, models of devices, bridges."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from drivers.base import Capabilities, MachineType
from drivers.dialects.families import libvirt_release
from reconciler.compare.model import Difference
from reconciler.plan.world import World
from specs.checks.misfit import Misfit
from specs.desired import ON, Desired
from specs.diagnostics import did_you_mean
from specs.documents.demands import Demands, demands
from specs.documents.domain_facts import bridge_of
from specs.documents.tree import plain
from specs.identity import Kind
from specs.matrix import by_family
from specs.xml import parse

_MACHINE = "os/type/@machine"
_HOSTS_CHOICE = "default"
"""As a model: whatever the host thinks best."""


def machine_type(document: str) -> MachineType:
    """What a domain is to be run as."""
    wanted = demands(document)
    return MachineType(wanted.domain_type, wanted.arch, wanted.machine, wanted.emulator)


def unfit(document: str, host: str, world: World) -> Iterator[Misfit]:
    """What a host does not have of what a domain demands, as far as it tells."""
    wanted, known = demands(document), world.answers.capabilities.get(host)
    if known is None:
        return
    yield from _machine(wanted, host, known)
    yield from _not_yet(document, host, known)
    offer = world.answers.offers.get((host, machine_type(document)), {})
    for path, value in wanted.values:
        allowed = offer.get(path)
        if allowed is not None and value not in allowed and value != _HOSTS_CHOICE:
            device = path.removeprefix("devices/").replace("/@", " ").replace("/", " ")
            yield Misfit(path, f"{host} has no {device} '{value}' (it has {', '.join(sorted(allowed))})")


def _not_yet(document: str, host: str, known: Capabilities) -> Iterator[Misfit]:
    """What its family can do, and its release cannot."""
    row, release = by_family(known.family), libvirt_release(known.version)
    if release is not None and any(
        lack.until and release < lack.until for lack in row.lacks.get(Kind.DOMAIN, ())
    ):
        from specs.checks.fitting import not_yet  # knows the models, which are slow to load

        yield from not_yet(row, Kind.DOMAIN, parse(document), host, release)


def misfits_among(differences: Iterable[Difference], document: str, host: str, world: World) -> Iterator[str]:
    """What of the values that are to change a host does not have; what it was given before, it took."""
    changing = {plain(found.path) for found in differences if found.declared is not None}
    for misfit in unfit(document, host, world):
        if any(misfit.path == path or misfit.path.startswith(f"{path}/") for path in changing):
            yield misfit.problem


def absent_bridges(document: str, host: str, desired: Desired, world: World) -> Iterator[str]:
    """The bridges that a domain is plugged into and its host does not have: neither as an interface, nor by a
    network. A host that does not show those of its active networks either shows another namespace's."""
    known = world.answers.capabilities.get(host)
    wanted = demands(document).bridges
    if known is None or not known.interfaces or known.interfaces.issuperset(wanted):
        return
    active, others = _of_networks(host, desired, world)
    if not known.interfaces.issuperset(active):
        return
    for bridge in dict.fromkeys(wanted):
        if bridge not in known.interfaces and bridge not in others:
            yield bridge


def _of_networks(host: str, desired: Desired, world: World) -> tuple[set[str], set[str]]:
    """The bridges of a host's active networks, and of those that are there or to come."""
    active: set[str] = set()
    others: set[str] = set()
    for _, seen in world.inventories[host].of_kind(Kind.NETWORK):
        (active if seen.power in ON else others).add(bridge_of(seen.live or seen.document))
    for address, declared in desired.resources.items():
        if address.kind is Kind.NETWORK and declared.host == host:
            others.add(bridge_of(declared.document))
    return active - {""}, others


def _machine(wanted: Demands, host: str, known: Capabilities) -> Iterator[Misfit]:
    arch = wanted.arch or known.arch
    names = {each.partition("/")[2] for each in known.machine_types if each.startswith(f"{arch}/")}
    if wanted.machine and names and wanted.machine not in names:
        near = did_you_mean(wanted.machine, sorted(names))
        yield Misfit(_MACHINE, f"{host} has no machine type '{wanted.machine}' for {arch}{near}")
