"""What stands in the way of a domain that is to move, as far as it can be seen before anything moves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from reconciler.plan.arrival import is_kept
from reconciler.plan.domain_move import DomainMove, coming
from reconciler.plan.plain_files import left_behind
from reconciler.plan.preflight import absent_bridges, unfit
from reconciler.plan.safety import not_ours_of, snapshots_at
from reconciler.plan.users import volume_users
from reconciler.plan.world import World
from specs.desired import Declared, Desired
from specs.documents.domain_facts import DomainFacts, domain_facts
from specs.identity import Address, Kind
from specs.matrix import by_uri
from specs.matrix.model import Ability, Hypervisor
from specs.units import format_size


def obstacles(move: DomainMove, desired: Desired, world: World) -> Iterator[str]:
    """All of it: of the policy, the hosts, what runs, its document, its storage."""
    document = move.observation.at_work or move.observation.document
    if move.observation.saved is not None:
        yield (
            f"its memory was saved on {move.origin} (virsh managedsave), and would be lost: start it there"
            " first, or drop the saved image (virsh managedsave-remove)"
        )
    facts, host = domain_facts(document), move.declared.host
    if others := not_ours_of(snapshots_at(move.origin, move.declared.native, world)):
        yield (
            f"it has snapshots ({', '.join(others)}), and no guest moves with snapshots: snapshot"
            f" {move.declared.address.name} --delete removes one"
        )
    yield from _of_policy(move, desired)
    if move.live:
        yield from _of_what_runs(move, facts, desired, world)
    for misfit in unfit(document, host, world):
        yield misfit.problem
    yield from left_behind(move.declared, facts, move.origin, world, live=move.live)
    for volume in coming(move, desired, world):
        yield from _of_volume(volume, move, world)
    yield from _lacking(facts, move, desired, world)


def _of_policy(move: DomainMove, desired: Desired) -> Iterator[str]:
    """What the files say against it, or of its hosts."""
    migration, host = move.declared.migration, move.declared.host
    if migration.allow == "never":
        yield "its migration.allow is never"
    if migration.mode == "tunnelled" and migration.storage == "copy":
        yield "a tunnel carries no storage (migration.mode: tunnelled); let its hosts reach each other"
    destination, origin = desired.hosts[host], desired.hosts.get(move.origin)
    if destination.maintenance:
        yield f"{host} is in maintenance"
    if origin:
        yield from _of_kinds(move, by_uri(origin.uri), by_uri(destination.uri))


def _of_what_runs(move: DomainMove, facts: DomainFacts, desired: Desired, world: World) -> Iterator[str]:
    """What a running guest takes with it, and needs at once where it arrives."""
    declared, host = move.declared, move.declared.host
    for device in facts.host_devices:
        yield f"it has a device of its host ({device}); detach it first"
    problem = world.answers.cpu_problems.get((declared.address, host))
    if problem:
        yield problem
    known = world.answers.capabilities.get(host)
    if known and known.memory_free_kib and facts.memory > known.memory_free_kib * 1024:
        free = format_size(known.memory_free_kib * 1024)
        yield f"it needs {format_size(facts.memory)} of memory, and {host} has {free} free"
    document = move.observation.live or move.observation.document
    for bridge in absent_bridges(document, host, desired, world):
        yield f"{host} has no bridge '{bridge}'"


def _of_volume(volume: Declared, move: DomainMove, world: World) -> Iterator[str]:
    """What is in the way of a volume that comes along."""
    host = move.declared.host
    for where in (move.origin, host):
        if world.unreadable(where, Kind.VOLUME, volume.native):
            yield f"its volume {volume.native} on {where} cannot be read"
    ours = any(
        volume.address in known for known in (world.records, world.recorded.begun, world.recorded.fills)
    )
    if world.of(volume) is not None and not ours:
        yield (
            f"a volume {volume.native} is on {host} already and is not ours; what comes along would"
            " overwrite it: move it away"
        )
    users = volume_users(volume.address, volume.native, host, world.inventories)
    for user in (users.all if is_kept(volume, world) else users.running)[:1]:
        yield f"{user} uses the volume {volume.native}, which what comes along would overwrite"


def _of_kinds(move: DomainMove, origin: Hypervisor, destination: Hypervisor) -> Iterator[str]:
    """No hypervisor takes over another kind's guest, and some move none at all."""
    if origin.family != destination.family:
        yield (
            f"{move.origin} and {move.declared.host} are of different kinds"
            f" ({origin.title}, {destination.title}), and no guest goes from one to the other: stop it, and"
            " copy its disks with virt-reconcile convert"
        )
    elif move.live and Ability.MOVE_LIVE not in origin.can:
        yield f"{origin.title} moves no guest while it runs: say state: stopped until it is there"
    elif not move.live and Ability.MOVE_STOPPED not in origin.can:
        yield f"{origin.title} moves no domain: remove it there, keep its disks, and declare it anew"


def _lacking(facts: DomainFacts, move: DomainMove, desired: Desired, world: World) -> Iterator[str]:
    """Networks and volumes that its devices refer to and the destination neither has nor gets."""
    host = move.declared.host
    for wanted in facts.networks:
        if not _to_be_had(Address(Kind.NETWORK, wanted, host), wanted, desired, world):
            yield f"{host} has no network '{wanted}'"
    for disk in facts.disks:
        pool, name = disk.pool, disk.volume
        if not pool or not name or name in (a.name for a in move.declared.requires):
            continue
        native = f"{pool}/{name}"
        if not _to_be_had(Address(Kind.VOLUME, name, host, pool), native, desired, world):
            yield f"{host} has no volume '{native}'"


def _to_be_had(address: Address, native: str, desired: Desired, world: World) -> bool:
    declared = address in desired.resources or replace(address, host="") in desired.resources
    return declared or world.observation(address.host, address.kind, native) is not None
