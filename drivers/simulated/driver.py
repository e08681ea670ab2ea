"""The driver of simulated hosts: every call passes one gate, every verb is one transaction."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from drivers.base import (
    AddressSource,
    Capabilities,
    Console,
    Content,
    Driver,
    GuestAddress,
    Inventory,
    Move,
    MoveProgress,
    NetworkSection,
    Observation,
    SectionCommand,
)
from drivers.errors import DriverError, NotFound, Refused, Transient, Unreachable, Unsupported
from drivers.simulated import (
    faults,
    guest,
    migrate,
    network,
    nwfilter,
    pool,
    secret,
    sections,
    streams,
    volume,
)
from drivers.simulated.domain import hotplug, tune, verbs
from drivers.simulated.domain.rewrite import ARCH, DOMAIN_TYPES, EMULATORS, MACHINES, OS_TYPES
from drivers.simulated.naming import existing
from drivers.simulated.store import Entry, Host, Store
from drivers.simulated.uri import Settings
from specs.desired import PowerState, StopPolicy
from specs.identity import MANAGED_KINDS, Kind

_VERSION = "simulated host 1, after libvirt 9.0.0 and QEMU 7.2"
_DEFINE = {
    Kind.DOMAIN: verbs.define,
    Kind.NETWORK: network.define,
    Kind.STORAGE_POOL: pool.define,
    Kind.VOLUME: volume.create,
    Kind.SECRET: secret.define,
    Kind.NETWORK_FILTER: nwfilter.define,
}
_UNDEFINE = {
    Kind.DOMAIN: verbs.undefine,
    Kind.NETWORK: network.undefine,
    Kind.STORAGE_POOL: pool.undefine,
    Kind.VOLUME: volume.delete,
    Kind.SECRET: secret.undefine,
    Kind.NETWORK_FILTER: nwfilter.undefine,
}


class SimulatedDriver:
    """One connection to one host of a file; see the package for what it simulates."""

    def __init__(self, settings: Settings, *, host: str, readonly: bool = False) -> None:
        self.uri = settings.uri
        self._settings = settings
        self._host = host
        self._readonly = readonly
        self._store = Store(settings.path, settings.host, readonly=readonly, shared=settings.shared)
        self._closed = threading.Event()

    def greet(self) -> None:
        """The first call, in which the host shows that it answers."""
        with self._look("open"):
            pass

    def observe(self) -> Inventory:
        with self._look("observe") as host:
            seen = [] if host is None else list(_everything(host))
            identity = host.identity() if host else self._store.identity_to_be()
        objects = {(one.kind, one.name): one for one in seen}
        return Inventory(self._host, _VERSION, objects, identity=identity)

    def observe_one(self, kind: Kind, name: str) -> Observation | None:
        with self._look("observe_one", name) as host:
            if host is None:
                return None
            if kind is Kind.VOLUME:
                document = volume.lookup(host, name)
                return None if document is None else Observation(kind, name, document)
            entry = host.entry(kind, name)
            return None if entry is None else _observation(entry)

    def capabilities(self) -> Capabilities:
        with self._look("capabilities") as host:
            used = migrate.memory_in_use(host) if host else 0
            return Capabilities(
                family="sim",
                version=_VERSION,
                domain_types=DOMAIN_TYPES,
                os_types=OS_TYPES,
                arch=ARCH,
                machines={f"{ARCH}/{alias}": machine for alias, machine in MACHINES.items()},
                kinds=frozenset(MANAGED_KINDS),
                cpus=self._settings.cpus,
                memory_kib=self._settings.memory_kib,
                emulators=EMULATORS,
                memory_free_kib=self._settings.memory_kib - used,
            )

    def define(self, kind: Kind, name: str, document: str) -> None:
        with self._change("define", name) as host:
            _DEFINE[kind](host, name, document)

    def undefine(self, kind: Kind, name: str, *, uuid: str = "", keep_state: bool = False) -> None:
        with self._change("undefine", name) as host:
            _require(host, kind, name, uuid)
            _UNDEFINE[kind](host, name)

    def start(self, kind: Kind, name: str, *, paused: bool = False) -> None:
        with self._change("start", name) as host:
            match kind:
                case Kind.DOMAIN:
                    verbs.start(host, name, paused=paused)
                case Kind.NETWORK:
                    network.start(host, name)
                case Kind.STORAGE_POOL:
                    pool.start(host, name)
                case _:
                    raise Unsupported(f"a {kind} cannot be started")

    def stop(self, kind: Kind, name: str, policy: StopPolicy, *, uuid: str = "") -> None:
        fault = self._enter("stop", name)
        if kind is Kind.DOMAIN and (fault == "ignores-shutdown" or not policy.methods):
            self._wait_for_shutdown(name, policy)
        with self._store.write() as host:
            _require(host, kind, name, uuid)
            match kind:
                case Kind.DOMAIN:
                    verbs.stop(host, name)
                case Kind.NETWORK:
                    network.stop(host, name)
                case Kind.STORAGE_POOL:
                    pool.stop(host, name)
                case _:
                    raise Unsupported(f"a {kind} cannot be stopped")
        faults.after(fault, "stop", name)

    def suspend(self, name: str) -> None:
        with self._change("suspend", name) as host:
            verbs.set_running(host, name, PowerState.PAUSED)

    def resume(self, name: str) -> None:
        with self._change("resume", name) as host:
            verbs.set_running(host, name, PowerState.RUNNING)

    def set_autostart(self, kind: Kind, name: str, autostart: bool) -> None:
        with self._change("set_autostart", name) as host:
            entry = existing(host, kind, name)
            if entry.autostart is None:
                raise Unsupported(f"a {kind} has no autostart")
            host.save(replace(entry, autostart=int(autostart)))

    def set_metadata(self, name: str, mark: str) -> None:
        with self._change("set_metadata", name) as host:
            verbs.set_metadata(host, name, mark)

    def attach_device(self, name: str, device: str) -> None:
        with self._change("attach_device", name) as host:
            hotplug.attach(host, name, device)

    def detach_device(self, name: str, device: str) -> None:
        with self._change("detach_device", name) as host:
            hotplug.detach(host, name, device)

    def update_device(self, name: str, device: str) -> None:
        with self._change("update_device", name) as host:
            hotplug.update(host, name, device)

    def set_memory(self, name: str, kib: int) -> None:
        with self._change("set_memory", name) as host:
            tune.set_memory(host, name, kib)

    def set_vcpus(self, name: str, count: int) -> None:
        with self._change("set_vcpus", name) as host:
            tune.set_vcpus(host, name, count)

    def set_text(self, name: str, field: str, value: str) -> None:
        with self._change("set_text", name) as host:
            tune.set_text(host, name, field, value)

    def tune(self, name: str, path: str, value: str) -> None:
        with self._change("tune", name) as host:
            tune.tune(host, name, path, value)

    def update_network(
        self, name: str, section: NetworkSection, command: SectionCommand, xml: str, parent: int = -1
    ) -> None:
        with self._change("update_network", name) as host:
            sections.update(host, name, section, command, xml, parent)

    def build_pool(self, name: str, *, overwrite: bool = False) -> None:
        with self._change("build_pool", name) as host:
            pool.build(host, name, overwrite=overwrite)

    def refresh_pool(self, name: str) -> None:
        with self._change("refresh_pool", name) as host:
            pool.active(host, name)

    def resize_volume(self, name: str, capacity: int) -> None:
        with self._change("resize_volume", name) as host:
            volume.resize(host, name, capacity)

    def upload_volume(self, name: str, content: Content, progress: Callable[[int], None]) -> None:
        fault = self._enter("upload_volume", name)
        streams.upload(self._store, name, content, progress)
        faults.after(fault, "upload_volume", name)

    def download_volume(self, name: str) -> Iterator[bytes | int]:
        with self._look("download_volume", name) as host:
            return streams.download(host, name)

    def clone_volume(self, name: str, document: str, source: str) -> None:
        with self._change("clone_volume", name) as host:
            streams.clone(host, name, document, source)

    def addresses(self, name: str, source: AddressSource) -> tuple[GuestAddress, ...]:
        with self._look("addresses", name) as host:
            return guest.addresses(host, name, source, self._settings.boot)

    def agent_answers(self, name: str) -> bool:
        with self._look("agent_answers", name) as host:
            return guest.agent_answers(host, name, self._settings.boot)

    def console(self, name: str, device: str = "", *, force: bool = False) -> Console:
        if self._readonly:
            raise Refused(f"console {name}: the connection is read-only")
        with self._look("console", name) as host:
            guest.check_console(host, name, device)
        return guest.SimulatedConsole(name, lambda: self._runs(name))

    def _runs(self, name: str) -> bool:
        if self._closed.is_set():
            return False
        with self._store.read() as host:
            entry = host.entry(Kind.DOMAIN, name) if host else None
        return entry is not None and entry.live is not None

    def cpu_problem(self, domain: str) -> str:
        with self._look("cpu_problem"):
            return ""

    def move_domain(
        self,
        name: str,
        destination: Driver,
        move: Move,
        progress: Callable[[MoveProgress], None],
        cancel: threading.Event,
    ) -> None:
        if not isinstance(destination, SimulatedDriver):
            raise Unsupported(f"a domain cannot move from {self.uri} to {destination.uri}")
        fault = self._enter("move_domain", name)
        settings = destination._settings
        new = migrate.prepare(self._store, destination._store, name, move, settings.memory_kib)
        try:
            if move.live:
                migrate.travel(self._settings.move, progress, cancel, settings.memory_kib * 1024)
            self._enter("arrive_domain", name)
            migrate.arrive(self._store, destination._store, name, move)
        except DriverError:
            if new:
                migrate.abandon(destination._store, name)
            raise
        faults.after(fault, "move_domain", name)

    def set_secret_value(self, name: str, value: bytes) -> None:
        with self._change("set_secret_value", name) as host:
            secret.set_value(host, name, value)

    def secret_value(self, name: str) -> bytes | None:
        with self._look("secret_value", name) as host:
            if host is None:
                raise NotFound(f"no secret '{name}'")
            return secret.value_of(host, name)

    def close(self) -> None:
        self._closed.set()
        self._store.close()

    @contextmanager
    def _look(self, call: str, name: str = "") -> Iterator[Host | None]:
        fault = self._pass(call, name)
        with _sound(call, name), self._store.read() as host:
            yield host
        faults.after(fault, call, name)

    @contextmanager
    def _change(self, verb: str, name: str) -> Iterator[Host]:
        fault = self._enter(verb, name)
        with _sound(verb, name), self._store.write() as host:
            yield host
        faults.after(fault, verb, name)

    def _enter(self, verb: str, name: str) -> str:
        """The gate of a verb: a read-only connection ends here."""
        if self._readonly:
            self._check_open()
            raise Refused(f"{verb} {name}: the connection is read-only")
        return self._pass(verb, name)

    def _pass(self, call: str, name: str) -> str:
        """Takes its time, runs into a fault if one waits; the fault's error for what comes after."""
        self._check_open()
        if self._settings.delay:
            time.sleep(self._settings.delay)
        fault = faults.take(self._settings.path, self._settings.host, call, name, self._store)
        if fault == "hang":
            self._closed.wait()
        self._check_open()
        faults.before(fault, call, name)
        return fault

    def _check_open(self) -> None:
        if self._closed.is_set():
            raise Unreachable(f"the connection to {self.uri} is closed", "open it again")

    def _wait_for_shutdown(self, name: str, policy: StopPolicy) -> None:
        """A guest that does not react: waits for the deadline, then lets force through or gives up."""
        if policy.methods:
            self._closed.wait(policy.deadline)
            self._check_open()
        if not policy.force:
            raise Transient(
                f"the guest '{name}' did not shut down within {policy.deadline:g} s",
                "it runs on; allow force, or a longer deadline, in its stop policy",
            )


def _require(host: Host, kind: Kind, name: str, uuid: str) -> None:
    """Refused when another object has the name than the one with that UUID."""
    entry = host.entry(kind, name) if uuid and kind is not Kind.VOLUME else None
    if entry is not None and entry.uuid.lower() != uuid:
        raise Refused(f"'{name}' is another {kind} by now (UUID {entry.uuid})", "run plan again")


@contextmanager
def _sound(call: str, name: str) -> Iterator[None]:
    """A document in the file that somebody else wrote, and that makes no sense, is refused as a hypervisor
    refuses it."""
    try:
        yield
    except (ValueError, LookupError, AttributeError, TypeError, AssertionError) as error:
        raise Refused(
            f"{call} {name}: a document in the simulated host's file makes no sense",
            "somebody wrote it by hand; define the object anew",
        ) from error


def _everything(host: Host) -> Iterator[Observation]:
    for entry in host.entries():
        yield _observation(entry)
    for name, document in host.active_volumes():
        yield Observation(Kind.VOLUME, name, document)


def _observation(entry: Entry) -> Observation:
    return Observation(
        kind=entry.kind,
        name=entry.name,
        document=entry.document,
        live=entry.live,
        power=None if entry.power is None else PowerState(entry.power),
        autostart=None if entry.autostart is None else bool(entry.autostart),
        has_value=entry.value is not None if entry.kind is Kind.SECRET else None,
    )
