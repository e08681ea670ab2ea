"""A service as people have it: hosts with guests, a state, a git repository, controllers."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from reconciler.lab.switch import Switch, address_of
from state import OpenState, open_state
from tests.chaos.calls import FILTERS, Call, calls_of
from tests.chaos.controllers import ControllerProcess, Place
from tests.chaos.judge import Frozen
from tests.chaos.people import FLEET, STRANGER, People
from tests.support.daemons import LibvirtHost
from tests.support.postgres import PostgresServer

_PATIENCE = 60.0
"""Seconds within which all has to be as declared after the last fault."""


@dataclass(frozen=True, slots=True)
class Scale:
    """How large a world is: its hosts, its controllers, where its state is and whether its tree is in git."""

    hosts: int = 2
    controllers: int = 2
    postgres: bool = True
    git: bool = True


class LoggingHost(LibvirtHost):
    """A host whose libvirtd logs each call."""

    def lay_folders(self) -> None:
        """As ever, but for what is logged."""
        super().lay_folders()
        file = self.root / "etc/libvirtd.conf"
        kept = [line for line in file.read_text().splitlines() if not line.startswith("log_")]
        outputs = f"3:file:{self.root}/log/libvirtd.log 1:file:{self.calls}"
        file.write_text("\n".join([*kept, f'log_filters="{FILTERS}"', f'log_outputs="{outputs}"', ""]))

    @property
    def calls(self) -> Path:
        """The log of calls."""
        return self.root / "log/calls.log"


@dataclass
class World:
    """All of it. `frozen` is which controllers did not run when, as far as faults have done it."""

    folder: Path
    hosts: dict[str, LoggingHost]
    places: dict[str, Place]
    people: People
    state: str
    postgres: PostgresServer | None
    bare: Path | None
    disk: Path | None
    controllers: dict[str, ControllerProcess] = field(default_factory=dict)
    frozen: list[Frozen] = field(default_factory=list)

    def calls(self) -> list[Call]:
        """What was called on all hosts."""
        return sorted(
            (call for name, host in self.hosts.items() for call in calls_of(name, host.calls)),
            key=lambda call: call.at,
        )

    @contextmanager
    def open_state(self) -> Iterator[OpenState]:
        """The state, to read."""
        with closing(open_state(self.state, readonly=True, fleet="chaos", uuid=FLEET)) as state:
            yield state

    def strangers(self) -> dict[str, object]:
        """What belongs to others, as it is now."""
        return {
            name: (host.qemu_process(STRANGER), host.virsh("dumpxml", "--inactive", STRANGER))
            for name, host in self.hosts.items()
        }

    def settles(self) -> str:
        """Waits until a plan of the last commit is empty, with every host reached; else what it says."""
        until = time.monotonic() + _PATIENCE
        while True:
            code, said = self.plan()
            if code == 0:
                return ""
            if time.monotonic() > until:
                logs = "".join(f"\n{name} says: {c.said()}" for name, c in self.controllers.items())
                return f"not as declared {_PATIENCE:.0f} s after the last fault:\n{said}{logs}"
            time.sleep(0.2)

    def plan(self) -> tuple[int, str]:
        """The exit code of a plan, and what it said."""
        line = [sys.executable, "-m", "reconciler.cli.main", "plan", str(self.people.tree)]
        done = subprocess.run(
            self.places["judge"].inside(*line, "--state", self.state, "--detailed-exitcode"),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr


@contextmanager
def world(scale: Scale, rng: Random) -> Iterator[World]:
    """A world that ends with everything in it; its controllers are not started yet."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="vr-chaos-")))
        switch = Switch(folder / "switch.log")
        stack.callback(switch.close)
        hosts = {
            f"hv{n}": stack.enter_context(LoggingHost(f"hv{n}", switch=switch, address=address_of(n)))
            for n in range(1, scale.hosts + 1)
        }
        names = ["judge", *(f"c{n}" for n in range(1, scale.controllers + 1))]
        places = {name: Place(name, n, switch, folder / "switch.log") for n, name in enumerate(names)}
        for place in places.values():
            stack.callback(place.close)
        for host in hosts.values():
            _settle_stranger(host)
        postgres = _postgres(stack) if scale.postgres else None
        disk = None if postgres else _small_disk(folder, stack)
        bare = folder / "repository.git" if scale.git else None
        reached = {name: (host, host.peer) for name, host in hosts.items()}
        people = People(folder / "tree", reached, rng, bare=bare)
        made = World(folder, hosts, places, people, _state_url(postgres, disk), postgres, bare, disk)
        for name in names[1:]:
            made.controllers[name] = ControllerProcess(places[name], _run(made, name), folder)
        stack.callback(_end, made)
        yield made


def _run(made: World, name: str) -> Sequence[str]:
    source = ["--ref", "main", "--fetch-interval", "1s"] if made.bare else []
    tree = f"file://{made.bare}" if made.bare else str(made.people.tree)
    state = made.state
    if made.postgres:
        made.postgres.sql(f"CREATE ROLE {name} SUPERUSER LOGIN")
        state = state.replace("//postgres@", f"//{name}@")
    return ["run", tree, *source, "--interval", "2s", "--state", state]


def _state_url(postgres: PostgresServer | None, disk: Path | None) -> str:
    if postgres is None:
        return f"sqlite:///{disk}/state.db"
    name = postgres.database().rpartition("/")[2]
    return f"postgresql://postgres@/{name}?host={postgres.folder}&port={postgres.port}"


def _postgres(stack: ExitStack) -> PostgresServer:
    server = PostgresServer()
    server.start()
    stack.callback(server.close)
    return server


def _small_disk(folder: Path, stack: ExitStack) -> Path:
    """A file system that is soon full."""
    disk = folder / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m,mode=700", "tmpfs", disk], check=True, timeout=30)
    stack.callback(lambda: subprocess.run(["umount", "--lazy", disk], check=False, timeout=30))
    return disk


def _settle_stranger(host: LibvirtHost) -> None:
    document = (
        f"<domain type='qemu'><name>{STRANGER}</name><memory unit='MiB'>24</memory>"
        "<os><type arch='x86_64'>hvm</type></os></domain>"
    )
    given = host.root / "stranger.xml"
    given.write_text(document)
    host.virsh("define", str(given))
    host.virsh("start", STRANGER)


def _end(made: World) -> None:
    for controller in made.controllers.values():
        controller.end()
