"""What a service of many guests costs while little changes: one process, simulated hosts, SQLite."""

from __future__ import annotations

import re
import resource
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from drivers.contract.complete import open_complete
from reconciler.controller.foldertree import FolderKeeper
from reconciler.controller.hostround import RoundSettings
from reconciler.controller.review import Review
from reconciler.controller.service import Service
from reconciler.controller.serving import ServiceSettings
from reconciler.controller.trees import TreeLoading
from reconciler.engine.round import ExecutionOptions, Planned
from reconciler.plan import Options
from specs.compiling.kept import load_cached
from specs.guard import Guard
from specs.identity import Kind
from state import OpenState, open_state
from tests.benchmarks.trees import FLEET, NAME, guest_name, host_name, write_fleet

_MEMORY = re.compile(r"(<(?:memory|currentMemory)[^>]*>)\d+")

HOSTS, GUESTS = 200, 10_000
_TURN = 1.0
"""A service goes round once a second when nothing happens; here it looks at its source as often."""


class _Told(Review):
    """Remembers when which host had a plan with something to do."""

    def __init__(self) -> None:
        super().__init__(lambda *_, **__: None, quiet=True)
        self.planned: dict[str, float] = {}
        self.cpu: dict[str, float] = {}
        """Seconds of CPU from a round's beginning to its plan: each has a thread of its own."""

    def tell(self, host: str, planned: Planned, reviewed: Planned, why: str = "") -> None:
        if planned.plan.changes:
            self.planned[host], self.cpu[host] = time.monotonic(), time.thread_time()
        super().tell(host, planned, reviewed, why)


@dataclass
class _Running:
    """A service in this process."""

    folder: Path
    told: _Told = field(default_factory=_Told)
    stop: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def running(self) -> Iterator[Service]:
        """Until the block ends."""
        loading = TreeLoading(lambda tree: load_cached(tree, {}, self.folder / "cache"), _options, Guard)
        settings = ServiceSettings(
            name="benchmark",
            keeper=FolderKeeper(self.folder / "tree", loading),
            store=lambda _: self._state(),
            rounds=RoundSettings(ExecutionOptions("run", self.stop), review=self.told),
            log=lambda *_, **__: None,
            interval=3600,
            follow=_TURN,
            workers=16,
        )
        service = Service(settings, self.stop)
        thread = threading.Thread(target=service.run)
        thread.start()
        try:
            yield service
        finally:
            self.stop.set()
            thread.join()

    @contextmanager
    def _state(self) -> Iterator[OpenState]:
        state = open_state(str(self.folder / "state.db"), fleet=NAME, uuid=FLEET)
        try:
            yield state
        finally:
            state.close()

    def drift(self, guests: range) -> tuple[float, set[str]]:
        """Changes the memory of these guests behind the service's back: when the last was, and on which
        hosts."""
        hosts: dict[str, list[str]] = {}
        for number in guests:
            hosts.setdefault(host_name(number % HOSTS), []).append(guest_name(number))
        for host, names in hosts.items():
            driver = open_complete(f"sim://{self.folder / 'sims' / host}.db", host=host)
            for name in names:
                seen = driver.observe.one(Kind.DOMAIN, name)
                assert seen is not None
                driver.lifecycle.define(Kind.DOMAIN, name, _MEMORY.sub(r"\g<1>131072", seen.document))
            driver.close()
        return time.monotonic(), set(hosts)


def tick(rounds: int, folder: Path) -> None:
    """Measures it all, and prints it."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    write_fleet(folder / "tree", HOSTS, GUESTS, folder / "sims")
    running = _Running(folder)
    with running.running() as service:
        _wait(lambda: _rests(service, running.told), quiet=5)
        print(f"{HOSTS} hosts, {GUESTS} guests, all as declared", flush=True)
        _nothing()
        for number in (1, 1000):
            took = [_changed(running, service, range(turn, turn + number)) for turn in range(rounds)]
            waited, cpu = [one[0] for one in took], [one[1] for one in took]
            print(
                f"{number} changed on their hosts: all planned {median(waited):.3f} s after the last change"
                f" (most {max(waited):.3f}), by {median(cpu) * 1000:.0f} ms of CPU to look and plan",
                flush=True,
            )


def _nothing(seconds: int = 20) -> None:
    """CPU of a second in which nothing changes."""
    before = time.process_time()
    time.sleep(seconds)
    spent = (time.process_time() - before) / seconds
    print(
        f"nothing changed: {spent * 1000:.1f} ms of CPU a second, the look at the files included", flush=True
    )


def _changed(running: _Running, service: Service, guests: range) -> tuple[float, float]:
    """Seconds from the last change until the last host of them was planned, and of CPU for these plans."""
    began = time.monotonic()
    changed, hosts = running.drift(guests)
    told = running.told.planned
    _wait(lambda: all(told.get(host, 0) > began for host in hosts))
    last, cpu = max(told[host] for host in hosts), sum(running.told.cpu[host] for host in hosts)
    _wait(lambda: _rests(service, running.told), quiet=3)
    return max(0.0, last - changed), cpu


def _rests(service: Service, told: _Told) -> bool:
    """Whether nothing waits, and nothing was planned just now."""
    serving = service.serving
    if serving is None or serving.charge is None or serving.waiting:
        return False
    latest = max(told.planned.values(), default=0.0)
    return len(told.planned) == HOSTS and time.monotonic() - latest > 1


def _wait(come: Callable[[], bool], quiet: float = 0.0) -> None:
    """Until it has come, and has stayed so."""
    since = time.monotonic()
    until = since + 1800
    while time.monotonic() - since < quiet or not come():
        if not come():
            since = time.monotonic()
        if since > until:
            raise SystemExit("the service does not come to rest")
        time.sleep(0.002)


def _options(_: Path) -> Options:
    return Options()
