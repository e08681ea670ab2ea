"""Many controllers over many hosts: the first pass, what idleness costs, who takes over and how fast.

Hosts are simulated, a file each; the state is in a PostgreSQL of its own; each controller is a process.
"""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TypeVar

from state import OpenState, StateError, open_state
from state.claims import FLEET as PLACING
from state.standings import Condition
from tests.benchmarks.trees import FLEET, NAME, write_fleet
from tests.support.postgres import PostgresServer

Found = TypeVar("Found")

_TICKS = os.sysconf("SC_CLK_TCK")
_LONG = 3600.0


@dataclass(frozen=True, slots=True)
class Size:
    """How large a fleet is, and by how many controllers it is served."""

    hosts: int
    guests: int
    controllers: int


class Controllers:
    """The processes."""

    def __init__(self, size: Size, folder: Path, url: str) -> None:
        self.folder, self.url = folder, url
        self._running = [self._started(number) for number in range(size.controllers)]

    @property
    def processes(self) -> list[subprocess.Popen[bytes]]:
        """Those that run."""
        return [one for one in self._running if one.poll() is None]

    def cpu(self) -> float:
        """Seconds of CPU that all have had."""
        return sum(_cpu_of(one.pid) for one in self.processes)

    def memory(self) -> list[int]:
        """MiB that each has now."""
        return [_status_of(one.pid, "VmRSS") // 1024 for one in self.processes]

    def close(self) -> None:
        """Ends all."""
        for one in self.processes:
            one.kill()
            one.wait()

    def _started(self, number: int) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "reconciler.cli.main", "run", str(self.folder / "tree")]
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)  # each simulated host is some open files
        with (self.folder / f"controller-{number}.log").open("wb") as log:
            return subprocess.Popen(
                [*command, "--state", self.url, "--quiet"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (most, most)),
            )


def fleet(size: Size, folder: Path) -> None:
    """Measures it all, and prints it."""
    print(f"{size.hosts} hosts, {size.guests} guests, {size.controllers} controllers", flush=True)
    write_fleet(folder / "tree", size.hosts, size.guests, folder / "sims")
    with ExitStack() as stack:
        server = PostgresServer(settings="max_connections = 400")
        server.start()
        stack.callback(server.close)
        url = server.database()
        controllers = Controllers(size, folder, url)
        stack.callback(controllers.close)
        state = stack.enter_context(closing(_opened(url)))
        _first_pass(size, controllers, state)
        _shares(state)
        _idle(controllers)
        _fail_over(controllers, state)


def _opened(url: str) -> OpenState:
    return _patiently(lambda: open_state(url, fleet=NAME, uuid=FLEET, readonly=True))


def _first_pass(size: Size, controllers: Controllers, state: OpenState) -> None:
    """From the start of the processes until every guest is as declared."""
    began = time.monotonic()
    _wait(lambda: sum(len(one.hosts) for one in state.controllers()) >= size.hosts)
    print(f"read their trees and share all hosts after {time.monotonic() - began:.0f} s", flush=True)
    _wait(lambda: len([one for one in state.host_standings().values() if one.looked]) == size.hosts)
    print(f"looked at every host after {time.monotonic() - began:.0f} s", flush=True)
    _wait(lambda: _converged(state) >= size.guests)
    print(
        f"all as declared after {time.monotonic() - began:.0f} s, {controllers.cpu():.0f} s of CPU;"
        f" MiB each: {controllers.memory()}",
        flush=True,
    )


def _shares(state: OpenState) -> None:
    """How even they share."""
    shares = sorted(len(set(one.hosts) - {PLACING}) for one in state.controllers())
    print(f"hosts of each: {shares}", flush=True)


def _idle(controllers: Controllers, seconds: float = 120.0) -> None:
    """What it costs when nothing changes; each host is looked at once a minute."""
    before = controllers.cpu()
    time.sleep(seconds)
    spent = (controllers.cpu() - before) * 60 / seconds
    print(f"idle: {spent:.1f} s of CPU a minute, all controllers together", flush=True)


def _fail_over(controllers: Controllers, state: OpenState) -> None:
    """SIGKILL to one: when each of its hosts had another owner."""
    victim = controllers.processes[0]
    hosts = {host for one in state.controllers() if one.pid == victim.pid for host in one.hosts} - {PLACING}
    victim.send_signal(signal.SIGKILL)
    began = time.monotonic()
    taken: dict[str, float] = {}
    for owners in _owners(state, victim.pid):
        now = time.monotonic() - began
        taken |= {host: now for host in owners & hosts if host not in taken}
        if len(taken) == len(hosts) or now > 120:
            break
    times = sorted(taken.values()) or [0.0]
    print(
        f"a controller with {len(hosts)} hosts was killed; {len(taken)} were taken over: the first after"
        f" {times[0]:.1f} s, the median after {median(times):.1f} s, the last after {times[-1]:.1f} s"
    )
    victim.wait()
    _shares(state)


def _owners(state: OpenState, dead: int) -> Iterator[set[str]]:
    """The hosts that living controllers have, over and over."""
    while True:
        yield {host for one in state.controllers() if one.pid != dead for host in one.hosts}
        time.sleep(0.05)


def _converged(state: OpenState) -> int:
    counts: Mapping[tuple[str, str, str, str], int] = state.standing_counts()
    return sum(number for (_, kind, condition, _), number in counts.items() if _is_done(kind, condition))


def _is_done(kind: str, condition: str) -> bool:
    return kind == "Domain" and condition == Condition.CONVERGED


def _wait(come: Callable[[], bool]) -> None:
    until = time.monotonic() + _LONG
    while not _patiently(come):
        if time.monotonic() > until:
            raise SystemExit("that does not come to its end; see the controllers' logs")
        time.sleep(0.5)


def _patiently(ask: Callable[[], Found]) -> Found:
    """What is asked of the state, when it is there."""
    while True:
        try:
            return ask()
        except StateError:
            time.sleep(0.5)


def _cpu_of(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _status_of(pid: int, name: str) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith(name)), 0)
