"""Bringing the parts together: hosts looked at all at once, the state read, the plan made."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from drivers.base import Capabilities, Driver, Inventory
from drivers.errors import DriverError, Unreachable
from drivers.registry import open_driver
from drivers.sound import sound, sound_capabilities
from reconciler.engine.sealing import Sealer, sealed
from reconciler.mishaps import told
from reconciler.place import assign, needs_room
from reconciler.plan import Options, Plan, World, make_plan, unconverged
from reconciler.plan.guard import without_data_loss
from reconciler.plan.move import Move, moves
from reconciler.plan.strangers import without_strangers
from specs.desired import Declared, DeclaredHost, Desired, goal_digest
from specs.documents.sensitive import REFERENCE
from specs.guard import Guard
from specs.identity import Address, Kind
from specs.tokens import TOKEN
from state import OpenState

T = TypeVar("T")

PATIENCE = 60.0
"""Seconds that a host has to answer an observation."""


@dataclass(slots=True)
class Connections:
    """The drivers of the hosts that answered, and what the others said."""

    drivers: dict[str, Driver] = field(default_factory=dict)
    unreachable: dict[str, str] = field(default_factory=dict)

    def close(self) -> None:
        for driver in self.drivers.values():
            driver.close()


def connect(
    hosts: Mapping[str, DeclaredHost], root: str, *, readonly: bool, guard: Guard = Guard()
) -> Connections:
    """Opens all hosts at once; the files that their credentials are read from are relative to `root`, and
    allowed by the controller's policy."""
    refused = {name: _NOT_OURS for name, host in hosts.items() if not _may_open(host, guard)}
    hosts = {name: host for name, host in hosts.items() if name not in refused}

    def opener(host: DeclaredHost) -> Callable[[], Driver]:
        return lambda: open_driver(
            host.uri, host=host.name, readonly=readonly, credentials=_credentials(host, root, guard)
        )

    opened, failed = _at_once({name: opener(host) for name, host in hosts.items()})
    return Connections(opened, {**failed, **refused})


_NOT_OURS = (
    "its URI is the tree's own, and --untrusted opens only what the controller's policy names (hosts: uris),"
    " or --host"
)


def _may_open(host: DeclaredHost, guard: Guard) -> bool:
    return not guard.untrusted or host.given or guard.allows_uri(host.uri)


def _credentials(host: DeclaredHost, root: str, guard: Guard) -> dict[str, str]:
    """What the host asks for at the login, read now; Unreachable when it cannot be read."""
    if not host.credentials:
        return {}
    from reconciler.inputs.secrets import SecretError, read_text

    try:
        return {name: read_text(source, root, guard) for name, source in host.credentials}
    except SecretError as error:
        raise Unreachable(f"its credentials cannot be had: {error}") from None


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan with the world that it was made from, and the tree with a host for everybody."""

    plan: Plan
    world: World
    desired: Desired


def plan(desired: Desired, connections: Connections, store: OpenState, options: Options) -> Planned:
    """Looks at every host and at the state, and plans. Nothing is changed."""
    desired, options = _within_ceiling(desired, options)
    sealer = Sealer(store.sealing_key)
    connections.drivers = sealed(connections.drivers, sealer)
    world = without_strangers(look(connections, store), options.accepted)
    desired, world = _placed(desired, world, connections)
    secrets_changed, warnings = _changed_secrets(desired, world)
    desired, unresolved = _with_secrets(desired, store, sealer)
    warnings.extend(unresolved)
    contents, unread = _contents(desired, world)
    warnings.extend(unread)
    world = replace(world, secrets_changed=secrets_changed, contents=contents)
    if moves(desired, world):
        world = replace(world, begun=store.interrupted())
        world = replace(world, cpu_problems=_cpu_problems(desired, world, connections))
    open_questions = unconverged(desired, world)
    asked = {
        host
        for address in open_questions
        if (host := _host_of(address, desired, world)) in connections.drivers
    }
    asked -= world.capabilities.keys()
    capabilities, failed = abilities({host: connections.drivers[host] for host in sorted(asked)})
    world = replace(
        world,
        capabilities={**world.capabilities, **capabilities},
        documents=store.documents(open_questions),
        inventories={h: i for h, i in world.inventories.items() if h not in failed},
        unreachable={**world.unreachable, **failed},
    )
    made = make_plan(desired, world, options)
    if not desired.guard.ceiling(desired.fleet.name).data_loss:
        made = without_data_loss(
            made, f"destroys data, which {desired.guard.named} (ceilings) never lets happen"
        )
    warned = (*(str(warning) for warning in desired.warnings), *warnings, *made.warnings)
    return Planned(replace(made, warnings=warned), world, desired)


def _within_ceiling(desired: Desired, options: Options) -> tuple[Desired, Options]:
    """What neither the tree nor an option exceeds: the controller's policy says it."""
    fleet, ceiling = desired.fleet, desired.guard.ceiling(desired.fleet.name)
    asked = fleet.max_deletions if options.max_deletions is None else options.max_deletions
    most = asked if ceiling.max_deletions is None else min(asked, ceiling.max_deletions)
    prune = options.prune if ceiling.prune else False
    return (
        replace(desired, fleet=replace(fleet, max_deletions=most, prune=fleet.prune and ceiling.prune)),
        replace(options, max_deletions=most, prune=prune),
    )


def look(connections: Connections, store: OpenState) -> World:
    """One observation pass over all hosts, and the records."""
    inventories: dict[str, Inventory]
    inventories, failed = _at_once({name: _looker(driver) for name, driver in connections.drivers.items()})
    return _with_what_was_filled(
        World(
            inventories=inventories,
            unreachable={**connections.unreachable, **failed},
            records=store.records(),
            now=time.time(),
            fills=store.fills(),
            origins=store.origins(),
        )
    )


def _with_what_was_filled(world: World) -> World:
    """A volume that was filled, whose marker is gone and whose record was not written any more, is filled
    with what was noted then."""
    records = {
        address: replace(record, content=fill.content)
        for address, fill in world.fills.items()
        if fill.filled
        and (record := world.records.get(address))
        and not fill.nonces.intersection(world.markers(record.host, record.native))
    }
    return replace(world, records={**world.records, **records}) if records else world


def _looker(driver: Driver) -> Callable[[], Inventory]:
    return lambda: sound(driver.observe())


def _asker(driver: Driver) -> Callable[[], Capabilities]:
    return lambda: sound_capabilities(driver.capabilities())


def abilities(drivers: Mapping[str, Driver]) -> tuple[dict[str, Capabilities], dict[str, str]]:
    """What hosts can do, and what those said that cannot say."""
    return _at_once({host: _asker(driver) for host, driver in drivers.items()})


def _placed(desired: Desired, world: World, connections: Connections) -> tuple[Desired, World]:
    """Every domain with a host; how much room the hosts have is asked only when that matters."""
    if needs_room(desired, world):
        world = with_capabilities(world, connections)
    desired, unplaced = assign(desired, world)
    return desired, replace(world, unplaced=unplaced)


def with_capabilities(world: World, connections: Connections) -> World:
    """The world with what every host can do; one that cannot say is not reached."""
    known, failed = abilities(connections.drivers)
    return replace(
        world,
        capabilities=known,
        inventories={h: i for h, i in world.inventories.items() if h not in failed},
        unreachable={**world.unreachable, **failed},
    )


def _host_of(address: Address, desired: Desired, world: World) -> str:
    """A seed that a guest keeps is neither declared nor, after a lost state, recorded."""
    known = desired.resources.get(address) or world.records.get(address)
    return known.host if known else address.host


def _changed_secrets(desired: Desired, world: World) -> tuple[frozenset[Address], list[str]]:
    """The secrets whose value is not the one that was set last; those that cannot be read are
    said; what was set before is left alone then."""
    declaring = {address: declared for address, declared in desired.resources.items() if declared.secret}
    if not declaring:
        return frozenset(), []
    from reconciler.inputs.secrets import SecretError, matches, read_secret

    changed, warnings = set(), []
    for address, declared in declaring.items():
        assert declared.secret is not None
        record = world.records.get(address)
        try:
            value = read_secret(declared.secret, desired.root, desired.guard)
        except SecretError as error:
            warnings.append(f"{declared.origin}: {address}: {error}")
            if not record:
                changed.add(address)
            continue
        if not record or not matches(value, record.fingerprint):
            changed.add(address)
    return frozenset(changed), warnings


def _with_secrets(desired: Desired, store: OpenState, sealer: Sealer) -> tuple[Desired, list[str]]:
    """The tree with tokens where documents name Secrets. Where a value cannot be read, what was applied
    last stands, as long as nothing else was changed in the document; what is wrong is said."""
    naming = {a: d for a, d in desired.resources.items() if REFERENCE.search(d.document)}
    if not naming:
        return desired, []
    from reconciler.inputs.secrets import SecretError, read_text

    known = store.documents(naming)
    warnings, resolved = [], dict(desired.resources)

    def reader(declared: Declared) -> Callable[[str], str]:
        def value_of(name: str) -> str:
            secret = desired.resources.get(Address(Kind.SECRET, name, declared.host))
            if secret is None or secret.secret is None:
                raise SecretError(f"{declared.host or 'no host'} has no Secret '{name}' with a value")
            return read_text(secret.secret, desired.root, desired.guard)

        return value_of

    for address, declared in naming.items():
        try:
            document = sealer.resolve(declared.document, reader(declared))
        except SecretError as error:
            warnings.append(f"{declared.origin}: {address}: {error}")
            last = known[address].declared if address in known else ""
            if TOKEN.sub("", last) != REFERENCE.sub("", declared.document):
                continue
            document = last
        digest = goal_digest(document, declared.power, declared.autostart, start_new=declared.start_new)
        resolved[address] = replace(declared, document=document, digest=digest)
    return replace(desired, resources=resolved), warnings


def _cpu_problems(desired: Desired, world: World, connections: Connections) -> dict[tuple[Address, str], str]:
    """What the hosts that running domains are to move to say of their CPUs."""
    asked = {
        f"{move.declared.host} {address.name}": (address, move)
        for address, move in moves(desired, world).items()
        if move.live and move.observation.live and move.declared.host in connections.drivers
    }

    def ask(move: Move) -> Callable[[], str]:
        return lambda: connections.drivers[move.declared.host].cpu_problem(move.observation.live or "")

    said, failed = _at_once({key: ask(move) for key, (_, move) in asked.items()})
    return {(asked[key][0], asked[key][1].declared.host): text for key, text in {**said, **failed}.items()}


def _contents(desired: Desired, world: World) -> tuple[dict[Address, str], list[str]]:
    """The identities of the sources of declared volumes that exist; what cannot be read is said, and
    then what is in the volume is left alone."""
    filled = {a: d for a, d in desired.resources.items() if d.source and world.of(d)}
    plain = [a for a, d in filled.items() if d.source and not d.source.identity and d.source.file]
    contents = {a: d.source.identity for a, d in filled.items() if d.source and d.source.identity}
    if not plain or desired.guard.untrusted:
        return contents, []
    from reconciler.inputs.images import ImageError, default_cache, identity_of

    warnings = []
    for address in plain:
        source = filled[address].source
        assert source is not None
        try:
            contents[address] = identity_of(
                source, root=Path(desired.root), cache=default_cache(), folders=desired.guard.images.folders
            )
        except ImageError as error:
            warnings.append(f"{filled[address].origin}: {address}: {error}")
    return contents, warnings


def _at_once(calls: Mapping[str, Callable[[], T]]) -> tuple[dict[str, T], dict[str, str]]:
    """Makes one call per host, all at the same time; what failed, or did not answer in time, is told
    apart. A call that hangs is left behind and never waited for again."""
    done: dict[str, T] = {}
    failed: dict[str, str] = {}

    def run(name: str, call: Callable[[], T]) -> None:
        try:
            done[name] = call()
        except DriverError as error:
            failed[name] = str(error)
        except Exception as error:  # noqa: BLE001 - what could not be read is never taken as absent
            failed[name] = told(error)

    threads = {
        name: threading.Thread(target=run, args=(name, call), daemon=True) for name, call in calls.items()
    }
    for thread in threads.values():
        thread.start()
    deadline = time.monotonic() + PATIENCE
    for name, thread in threads.items():
        thread.join(max(0.0, deadline - time.monotonic()))
        if thread.is_alive():
            failed[name] = f"did not answer within {PATIENCE:g} s"
    return {n: v for n, v in done.items() if n not in failed}, failed
