"""Walking the plan: in parallel, journaled, each action checked; what fails stops only what needs it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from graphlib import TopologicalSorter
from pathlib import Path
from queue import SimpleQueue

from tenacity import (
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    stop_any,
    stop_when_event_set,
    wait_random_exponential,
)

from drivers.base import Driver, Observation
from drivers.errors import DriverError, NotFound, Refused, Transient, Unreachable
from reconciler.execute.berths import Berths
from reconciler.execute.conditions import (
    already_there,
    gone,
    in_force,
    look_again,
    require_unmoved,
    require_unused,
    shortfall,
    shows_itself,
    started_by_another,
)
from reconciler.execute.records import write_record
from reconciler.execute.sightings import Sightings
from reconciler.execute.verbs import CALLS, parts
from reconciler.inputs.secrets import SecretError, fingerprint, read_secret
from reconciler.mishaps import told
from reconciler.plan.model import Action, Outcome, Plan, Refresh, Result, Verb
from specs.content import Source
from specs.desired import DeclaredHost, FleetPolicy, SecretSource
from specs.guard import Guard
from specs.guests import MigrationPolicy, Ready
from specs.identity import Address
from state import StateError, Store
from state.records import Record

_WAITS = 64
"""How many guests are waited for at once."""

_REPEATABLE = frozenset({Verb.ATTACH, Verb.UPDATE_NETWORK})
"""What would be there twice if it were done again after a reply that was lost."""

_LOOK_AGAIN = 1.0
"""Seconds between two looks at a guest that is waited for."""


@dataclass(frozen=True, slots=True)
class Progress:
    """An action begins (outcome None), is under way (with a note of how far) or has ended."""

    action: Action
    outcome: Outcome | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often a transient fault is tried again, with what pauses in seconds."""

    attempts: int = 4
    first_pause: float = 0.25
    longest_pause: float = 5.0


@dataclass(frozen=True, slots=True)
class Crew:
    """What the executor works with: a connection per host, the state, and where secrets come from.

    `versions` and `machines` are the hosts' versions and identities as observed, for the records. `sources`
    are what new volumes are filled with, relative to `root`. `moves` says how domains may be moved,
    `migrations` how many at once in the whole fleet; the `hosts` know how many each of them bears. `guard` is
    the controller's policy.
    """

    drivers: Mapping[str, Driver]
    store: Store
    run: int
    versions: Mapping[str, str]
    machines: Mapping[str, str] = field(default_factory=dict)
    fleet: FleetPolicy = FleetPolicy()
    records: Mapping[Address, Record] = field(default_factory=dict)
    secrets: Mapping[Address, SecretSource] = field(default_factory=dict)
    sources: Mapping[Address, Source] = field(default_factory=dict)
    moves: Mapping[Address, MigrationPolicy] = field(default_factory=dict)
    hosts: Mapping[str, DeclaredHost] = field(default_factory=dict)
    migrations: int = 2
    root: str = "."
    guard: Guard = Guard()


def execute(
    plan: Plan,
    crew: Crew,
    *,
    parallel: int = 4,
    progress: Callable[[Progress], None] = lambda _: None,
    cancel: threading.Event | None = None,
    retry: RetryPolicy = RetryPolicy(),
) -> tuple[Outcome, ...]:
    """Executes a plan and gives an outcome per action, in the plan's order.

    Never raises for what a hypervisor does: that is a failed outcome, and what needs the action is
    skipped. Once `cancel` is set, running actions end and the others are skipped. Records are written
    as soon as a resource's definition stands, and again when all of its actions are done.
    """
    work = _Work(plan, crew, progress, cancel or threading.Event(), retry)
    _refresh_untouched(plan, crew)
    graph = TopologicalSorter({action.id: action.after for action in plan.actions})
    graph.prepare()
    actions = {action.id: action for action in plan.actions}
    ended: SimpleQueue[tuple[str, Future[Outcome]]] = SimpleQueue()
    with (
        ThreadPoolExecutor(max_workers=max(1, parallel), thread_name_prefix="action") as workers,
        # Whoever waits for a guest, or for one to arrive, holds up nobody who has something to do.
        ThreadPoolExecutor(max_workers=_WAITS, thread_name_prefix="wait") as waiters,
        ThreadPoolExecutor(max_workers=max(1, crew.migrations), thread_name_prefix="move") as movers,
    ):
        pools = {Verb.AWAIT: waiters, Verb.MIGRATE: movers}
        while graph.is_active():
            for ready in graph.get_ready():
                pool = pools.get(actions[ready].verb, workers)
                future = pool.submit(work.do, actions[ready])
                future.add_done_callback(lambda future, id_=ready: ended.put((id_, future)))  # type: ignore[misc]
            id_, future = ended.get()
            future.result()
            graph.done(id_)
    _forget(plan, work, crew.store)
    return tuple(work.outcomes[action.id] for action in plan.actions)


def _refresh_untouched(plan: Plan, crew: Crew) -> None:
    """Records of resources that need no action: adopted ones, and those an upgrade rewrote."""
    # A volume that waits to be filled is not what its record would say.
    touched = {a.address for a in plan.actions if not a.deferred or a.verb is Verb.FILL}
    for refresh in plan.refreshes:
        if refresh.address not in touched and refresh.host in crew.drivers:
            try:
                _record(crew, refresh)
            except StateError:
                raise
            except Exception:  # noqa: BLE001, S112 - it only costs a comparison next time
                continue


def _record(
    crew: Crew, refresh: Refresh, mark: str = "", content: str = "", *, settled: bool = True
) -> Observation | None:
    return write_record(
        crew.drivers[refresh.host],
        crew.store,
        refresh,
        crew.versions.get(refresh.host, ""),
        known=crew.records.get(refresh.address),
        fingerprint=mark,
        content=content,
        live_ok=refresh.live_ok and settled,
        settled=settled,
        machine=crew.machines.get(refresh.host, ""),
    )


def _forget(plan: Plan, work: _Work, store: Store) -> None:
    """Drops the records of what is gone: removed by this plan, or found gone."""
    removals = {a.address: a.id for a in plan.actions if a.verb is Verb.UNDEFINE}
    for address in plan.forget:
        undefine = removals.get(address)
        if undefine is None or work.outcomes[undefine].result in (Result.DONE, Result.UNCHANGED):
            store.forget(address)


class _Work:
    """The walk's shared memory: outcomes so far, and what is left to do of each resource."""

    def __init__(
        self,
        plan: Plan,
        crew: Crew,
        progress: Callable[[Progress], None],
        cancel: threading.Event,
        retry: RetryPolicy,
    ) -> None:
        self.crew, self.progress, self.cancel, self.retry = crew, progress, cancel, retry
        self.outcomes: dict[str, Outcome] = {}
        self._refreshes = {refresh.address: refresh for refresh in plan.refreshes}
        self._left: dict[Address, int] = {}
        for action in plan.actions:
            self._left[action.address] = self._left.get(action.address, 0) + (not action.deferred)
        self._failed: set[Address] = set()
        self._unvouched: set[Address] = set()
        """What somebody else started: with which document is not known."""
        self._marks: dict[Address, str] = {}
        self._contents: dict[Address, str] = {}
        self._mutex = threading.Lock()
        self._berths = Berths(crew.hosts)
        self._sightings = Sightings()

    def do(self, action: Action) -> Outcome:
        """One action from its journal entry to its record."""
        outcome = self._held_back(action)
        if outcome is None:
            self.progress(Progress(action))
            self.crew.store.begin_action(self.crew.run, action.id, str(action.address), action.verb)
            outcome = self._attempt(action)
            outcome = self._record(action, outcome)
            self.crew.store.finish_action(self.crew.run, action.id, outcome.result, outcome.message)
        elif not action.deferred:
            self._count_off(action, failed=True)
        with self._mutex:
            self.outcomes[action.id] = outcome
        self.progress(Progress(action, outcome))
        return outcome

    def _held_back(self, action: Action) -> Outcome | None:
        moving = action.verb is Verb.MIGRATE
        if action.deferred:
            return Outcome(action, Result.DEFERRED, action.deferred)
        if self.cancel.is_set():
            return Outcome(action, Result.SKIPPED, "stopped before it began")
        for id_ in action.after:
            if self.outcomes[id_].result in (Result.FAILED, Result.SKIPPED):
                first = self._root_failure(id_)
                return Outcome(action, Result.SKIPPED, f"'{first}' failed")
        for host in filter(None, (action.host, action.arguments.get("from") if moving else "")):
            if host not in self.crew.drivers:
                return Outcome(action, Result.SKIPPED, f"{host} is not connected")
        return None

    def _root_failure(self, id_: str) -> str:
        while self.outcomes[id_].result is Result.SKIPPED:
            behind = [
                other
                for other in self.outcomes[id_].action.after
                if self.outcomes[other].result in (Result.FAILED, Result.SKIPPED)
            ]
            if not behind:
                break
            id_ = behind[0]
        return id_

    def _attempt(self, action: Action) -> Outcome:
        started = time.monotonic()
        try:
            messages = [self._retrying(part) for part in parts(action)]
            message = messages[-1]
            result = Result.UNCHANGED if message else Result.DONE
        except (DriverError, SecretError) as error:
            result, message = Result.FAILED, str(error)
        except Exception as error:  # noqa: BLE001 - one action's mishap is not the run's
            result, message = Result.FAILED, told(error)
        return Outcome(action, result, message, time.monotonic() - started)

    def _retrying(self, action: Action) -> str:
        policy = self.retry
        for attempt in Retrying(
            retry=retry_if_exception_type((Transient, Unreachable)),
            stop=stop_any(stop_after_attempt(policy.attempts), stop_when_event_set(self.cancel)),
            wait=wait_random_exponential(multiplier=policy.first_pause, max=policy.longest_pause),
            sleep=self._pause,
            reraise=True,
        ):
            with attempt:
                again = attempt.retry_state.attempt_number > 1
                return self._once(action, again=again)
        raise AssertionError("unreachable")

    def _pause(self, seconds: float) -> None:
        self.cancel.wait(seconds)

    def _once(self, action: Action, *, again: bool) -> str:
        """Does it, and makes sure that it is done; the message says why nothing had to be done."""
        driver = self.crew.drivers[action.host]
        if action.verb is Verb.SET_VALUE:
            self._set_value(driver, action)
            return ""
        if action.verb in (Verb.DEFINE, Verb.FILL):
            look_again(driver, action)
        origin = self.crew.drivers[action.arguments["from"]] if action.verb is Verb.MIGRATE else driver
        if action.verb is not Verb.MIGRATE or not again:
            require_unmoved(origin, action, self._sightings.of(action), again=again)
        require_unused(self.crew.drivers, action, self.crew.fleet)
        if action.verb is Verb.FILL:
            return self._fill(driver, action)
        if action.verb is Verb.AWAIT:
            self._await(driver, action)
            return ""
        if action.verb is Verb.MIGRATE:
            return self._migrate(driver, action)
        if already_there(driver, action):
            return "exists already"
        if not again and started_by_another(driver, action):
            with self._mutex:
                self._unvouched.add(action.address)
            return "was started already"
        if again and action.verb in _REPEATABLE and in_force(driver, action):
            return "is so already"
        try:
            CALLS[action.verb](driver, action)
        except NotFound:
            if not gone(driver, action):
                raise
            return "was gone already"
        except Refused:
            if action.verb is Verb.BUILD and action.arguments.get("overwrite") != "true":
                # Built before: the start that follows tells whether it is fit for use.
                return "was built already"
            if again and action.verb in _REPEATABLE and in_force(driver, action):
                return "is so already"
            raise
        if shows_itself(action):
            seen = driver.observe_one(action.address.kind, action.native)
            self._sightings.note(action.host, action.address, seen)
            if problem := shortfall(action, seen):
                raise Refused(problem)
        return ""

    def _set_value(self, driver: Driver, action: Action) -> None:
        value = read_secret(self.crew.secrets[action.address], self.crew.root, self.crew.guard)
        driver.set_secret_value(action.native, value)
        self._marks[action.address] = fingerprint(value)

    def _fill(self, driver: Driver, action: Action) -> str:
        from reconciler.execute.fill import Filling, content_identity, fill
        from reconciler.inputs.images.limits import limits_of

        crew = self.crew
        source, root, limits = crew.sources.get(action.address), Path(crew.root), limits_of(crew.guard.images)
        origin = crew.drivers.get(action.arguments.get("origin", ""))
        # Taken before: a file that changes meanwhile then looks changed to the next plan.
        identity = content_identity(source, root, limits.folders) if origin is None else ""
        shared = not action.address.host
        filling = Filling(
            action,
            source,
            root,
            lambda note: self._tell(action, note),
            self.cancel,
            crew.store,
            crew.run,
            identity,
            origin,
            {name: other for name, other in crew.drivers.items() if shared and name != action.host},
            tuple(
                name
                for name, host in crew.hosts.items()
                if shared and name not in crew.drivers and not host.fenced
            ),
            limits,
        )
        done = fill(driver, filling)
        if not done:
            self._contents[action.address] = identity
        return done

    def _await(self, driver: Driver, action: Action) -> None:
        from reconciler.execute.readiness import is_ready

        given = action.arguments
        ready = Ready(given["method"], int(given["port"]), float(given["timeout"]))
        until = time.monotonic() + ready.timeout
        while missing := is_ready(driver, action.native, ready):
            left = until - time.monotonic()
            if left <= 0:
                raise Refused(f"it is not ready within {ready.timeout:g} s: {missing}", "it runs on")
            if self.cancel.wait(min(_LOOK_AGAIN, left)):
                raise Refused(f"stopped while it was waited for: {missing}")

    def _migrate(self, driver: Driver, action: Action) -> str:
        from reconciler.execute.migrate import Journey, migrate

        crew, origin = self.crew, action.arguments["from"]
        policy = crew.moves.get(action.address, MigrationPolicy())
        journey = Journey(action, crew.drivers[origin], driver, policy, crew.hosts)
        with self._berths.both(origin, action.host):
            return migrate(journey, lambda note: self._tell(action, note), self.cancel)

    def _tell(self, action: Action, note: str) -> None:
        self.progress(Progress(action, note=note))

    def _record(self, action: Action, outcome: Outcome) -> Outcome:
        """The record is written when the definition stands, so that a crash loses nothing, and again
        after the last action; a live document is vouched for only when nothing has failed."""
        failed = outcome.result is Result.FAILED
        last, clean = self._count_off(action, failed=failed)
        refresh = self._refreshes.get(action.address)
        stands = action.verb in (Verb.DEFINE, Verb.ADOPT, Verb.FILL, Verb.MIGRATE) and not failed
        if refresh is None or not (stands or (last and clean)):
            return outcome
        try:
            mark = self._marks.get(action.address, "")
            content = self._contents.get(action.address, "")
            if action.address in self._unvouched:
                refresh = replace(refresh, live_ok=False)
            seen = _record(self.crew, refresh, mark, content, settled=clean and last)
            if seen is None:
                return replace(outcome, result=Result.FAILED, message="it is not there afterwards")
            self._sightings.note(action.host, action.address, seen)
        except DriverError as error:
            return replace(outcome, message=f"done, but it could not be read back: {error}")
        except StateError:
            raise
        except Exception as error:  # noqa: BLE001 - what is done is done; the next plan looks again
            return replace(outcome, message=f"done, but it could not be read back: {told(error)}")
        return outcome

    def _count_off(self, action: Action, *, failed: bool) -> tuple[bool, bool]:
        """Whether this was the resource's last action, and whether all of them went well."""
        with self._mutex:
            self._left[action.address] -= 1
            if failed:
                self._failed.add(action.address)
            return self._left[action.address] == 0, action.address not in self._failed
