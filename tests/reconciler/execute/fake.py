"""A hypervisor in a dictionary, and plans of a few actions upon it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

from drivers.base import (
    NOTHING_KNOWN,
    Belonging,
    Capabilities,
    Inventory,
    Knowledge,
    MachineType,
    NetworkChange,
    Observation,
    Offer,
    Text,
)
from drivers.base.errors import NotFound, Refused
from drivers.base.progress import Detail
from drivers.base.tunables import Tunable
from drivers.contract.complete import CompleteHost
from reconciler.execute import ExecutionContext, Progress, RetryPolicy, execute
from reconciler.plan.model import Action, Outcome, Plan, Refresh
from reconciler.underway import Awaited, Board
from specs.desired import DeclaredHost, PowerState, StopPolicy, digest
from specs.guard import Guard
from specs.identity import Address, Kind
from specs.secret_source import SecretSource
from state import OpenState, open_state
from state.records import Record
from tests.support.operations import operation
from tests.support.policy import TRUSTING

HOST = "hv1"
VERSION = "fake 1"
AT_ONCE = RetryPolicy(attempts=4, first_pause=0.0, longest_pause=0.0)
STOP = {"methods": "agent,acpi", "deadline": "5", "force": "false"}


@dataclass
class FakeDriver:
    """Keeps definitions as they are given. `faults` are raised in turn by the calls that they name
    ('start web', 'attach web'); `instead` replaces what a call does; `works` are
    the jobs of domains."""

    uri: str = "fake:"
    objects: dict[tuple[Kind, str], Observation] = field(default_factory=dict)
    values: dict[str, bytes] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    faults: dict[str, list[Exception]] = field(default_factory=dict)
    instead: dict[str, Callable[[], None]] = field(default_factory=dict)
    policies: list[StopPolicy] = field(default_factory=list)
    works: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _mutex: threading.Lock = field(default_factory=threading.Lock)

    def called(self, call: str) -> bool:
        """Notes a call; whether it still has its own effect to take."""
        with self._mutex:
            self.calls.append(call)
            waiting = self.faults.get(call) or self.faults.get(" ".join(call.split()[:2]))
            if waiting:
                raise waiting.pop(0)
        if call in self.instead:
            self.instead[call]()
            return False
        return True

    def put(self, kind: Kind, name: str, **values: Any) -> None:
        with self._mutex:
            plain = self.objects.get((kind, name)) or _new(kind, name)
            self.objects[kind, name] = replace(plain, **values)

    def of(self, kind: Kind, name: str) -> Observation:
        found = self.objects.get((kind, name))
        if found is None:
            raise NotFound(f"no {kind} '{name}'")
        return found

    # drivers.base.Host: every facet of it is the driver itself

    @property
    def observe(self) -> FakeDriver:
        return self

    lifecycle = live = storage = guest = move = observe
    watch = None

    def inventory(self, known: Knowledge = NOTHING_KNOWN) -> Inventory:
        return Inventory(HOST, VERSION, dict(self.objects))

    def one(self, kind: Kind, name: str) -> Observation | None:
        waiting = self.faults.get(f"observe {name}")
        if waiting:
            raise waiting.pop(0)
        return self.objects.get((kind, name))

    def capabilities(self) -> Capabilities:
        return Capabilities("fake", VERSION, ("qemu",), ("hvm",), "x86_64", kinds=frozenset(Kind))

    def offers(self, machine: MachineType) -> Offer:
        return {}

    def define(self, kind: Kind, name: str, document: str) -> None:
        if self.called(f"define {name}"):
            if kind is Kind.VOLUME and (kind, name) in self.objects:
                raise Refused("storage volume exists already")
            self.put(kind, name, document=document)

    def lost_with(self, domain: str) -> Mapping[Belonging, str]:
        return {}

    def jobs(self, domain: str) -> tuple[str, ...]:
        return self.works.get(domain, ())

    def undefine(
        self, kind: Kind, name: str, *, uuid: str = "", discards: Collection[Belonging] = ()
    ) -> None:
        if self.called(f"undefine {name}"):
            self.of(kind, name)
            del self.objects[kind, name]

    def start(self, kind: Kind, name: str, *, paused: bool = False) -> None:
        if self.called(f"start {name}"):
            self.of(kind, name)
            on = PowerState.PAUSED if paused else PowerState.RUNNING
            self.put(kind, name, power=on if kind is Kind.DOMAIN else PowerState.ACTIVE)

    def stop(self, kind: Kind, name: str, policy: StopPolicy, *, uuid: str = "") -> None:
        if self.called(f"stop {name}"):
            self.of(kind, name)
            self.policies.append(policy)
            self.put(kind, name, power=PowerState.STOPPED)

    def suspend(self, name: str) -> None:
        if self.called(f"suspend {name}"):
            self.put(Kind.DOMAIN, name, power=PowerState.PAUSED)

    def resume(self, name: str) -> None:
        if self.called(f"resume {name}"):
            self.put(Kind.DOMAIN, name, power=PowerState.RUNNING)

    def set_autostart(self, kind: Kind, name: str, autostart: bool) -> None:
        if self.called(f"autostart {name}"):
            self.put(kind, name, autostart=autostart)

    def set_mark(self, kind: Kind, name: str, mark: str) -> None:
        if self.called(f"mark {name}"):
            self.put(kind, name, document=f"<{name}>{mark}</{name}>")

    def attach(self, name: str, device: str) -> None:
        self.called(f"attach {name} {device}")

    def detach(self, name: str, device: str) -> None:
        self.called(f"detach {name} {device}")

    def update(self, name: str, device: str) -> None:
        self.called(f"update {name} {device}")

    def set_memory(self, name: str, kib: int) -> None:
        self.called(f"memory {name} {kib}")

    def set_vcpus(self, name: str, count: int) -> None:
        self.called(f"vcpus {name} {count}")

    def set_text(self, name: str, text: Text, value: str) -> None:
        self.called(f"text {name} {text} {value}")

    def tune(self, name: str, wanted: Tunable) -> None:
        self.called(f"tune {name} {wanted}")

    def update_network(self, name: str, change: NetworkChange) -> None:
        self.called(f"section {name} {change.section} {change.command} {change.entry} {change.subnet}")

    def build_pool(self, name: str, *, overwrite: bool = False) -> None:
        self.called(f"build {name}{' anew' if overwrite else ''}")

    def refresh_pool(self, name: str) -> None:
        self.called(f"refresh {name}")

    def resize(self, name: str, capacity: int) -> None:
        self.called(f"resize {name} {capacity}")

    def set_secret_value(self, name: str, value: bytes) -> None:
        if self.called(f"value {name}"):
            self.values[name] = value

    def secret_value(self, name: str) -> bytes | None:
        return self.values.get(name)

    def close(self) -> None:
        self.calls.append("close")


def _new(kind: Kind, name: str) -> Observation:
    off = PowerState.STOPPED if kind is Kind.DOMAIN else PowerState.INACTIVE
    return Observation(kind, name, "", power=off, autostart=False)


def act(verb: str, name: str = "web", kind: Kind = Kind.DOMAIN, **values: Any) -> Action:
    """An action on one object; its id is 'VERB NAME' unless given."""
    document = str(values.pop("document", f"<{name}/>" if verb == "define" else ""))
    arguments = cast("dict[str, str]", values.pop("arguments", {}))
    plain = Action(
        id=f"{verb} {name}",
        operation=operation(verb, document, arguments),
        address=Address(kind, name, "" if kind is Kind.DOMAIN else HOST),
        host=HOST,
        native=name,
    )
    return replace(plain, **values)


def refresh(name: str = "web", kind: Kind = Kind.DOMAIN, **values: Any) -> Refresh:
    declared = f"<declared>{name}</declared>"
    address = Address(kind, name, "" if kind is Kind.DOMAIN else HOST)
    return replace(Refresh(address, HOST, name, declared, digest(declared)), **values)


class HeardBoard(Board):
    """A board that keeps all that was told on it."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[Detail | Awaited] = []

    def tell(self, key: object, detail: Detail | Awaited | None) -> None:
        super().tell(key, detail)
        if detail is not None:
            self.heard.append(detail)


@dataclass
class Walk:
    """One execution against one fake host, with a state of its own."""

    folder: Path
    driver: FakeDriver = field(default_factory=FakeDriver)
    store: OpenState = field(init=False)
    run: int = field(init=False)
    progress: list[Progress] = field(default_factory=list)
    on_progress: Callable[[Progress], None] = lambda _: None
    board: HeardBoard = field(default_factory=lambda: HeardBoard())

    def __post_init__(self) -> None:
        self.store = open_state(str(self.folder / "state.db"))
        self.run = self.store.begin_run("apply", "tree")

    def execute(
        self,
        *actions: Action,
        refreshes: Iterable[Refresh] = (),
        forget: Iterable[Address] = (),
        secrets: dict[Address, SecretSource] | None = None,
        records: dict[Address, Record] | None = None,
        hosts: dict[str, FakeDriver] | None = None,
        cancel: threading.Event | None = None,
        parallel: int = 4,
        retry: RetryPolicy = AT_ONCE,
        declared: dict[str, DeclaredHost] | None = None,
        guard: Guard = TRUSTING,
        **more: Any,
    ) -> dict[str, Outcome]:
        """The outcomes by the ids of their actions; `more` goes into the context."""
        plan = Plan(
            "default",
            "tree",
            0.0,
            {HOST: "fake:"},
            actions=actions,
            refreshes=tuple(refreshes),
            forget=tuple(forget),
        )
        context = ExecutionContext(
            # It has no guest facilities and no content: these tests do not come that way.
            cast(dict[str, CompleteHost], {HOST: self.driver} if hosts is None else hosts),
            self.store,
            self.run,
            {HOST: VERSION},
            records=self.store.records() if records is None else records,
            secrets=secrets or {},
            root=str(self.folder),
            guard=guard,
            hosts=declared or {},
            board=self.board,
            **more,
        )

        def note(progress: Progress) -> None:
            self.progress.append(progress)
            self.on_progress(progress)

        outcomes = execute(plan, context, parallel=parallel, progress=note, cancel=cancel, retry=retry)
        assert [outcome.action for outcome in outcomes] == list(actions)
        return {outcome.action.id: outcome for outcome in outcomes}

    @property
    def verbs(self) -> list[str]:
        return self.driver.calls
