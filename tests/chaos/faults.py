"""What befalls a service: each fault comes, lasts a while, and is gone."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from random import Random

from tests.chaos.controllers import ControllerProcess
from tests.chaos.judge import Frozen
from tests.chaos.world import LoggingHost, Scale, World

TTL = 6.0
"""The controllers' leases last so long."""

Fault = Callable[[World, Random], Iterator[str]]
"""Comes up to its `yield`, whose text says what it is; goes after it."""


def _host(world: World, rng: Random) -> LoggingHost:
    return world.hosts[rng.choice(sorted(world.hosts))]


def _controller(world: World, rng: Random) -> ControllerProcess:
    """Any but the last: it is never killed, so that its memory can be watched."""
    names = sorted(world.controllers)
    return world.controllers[rng.choice(names[:-1] or names)]


def libvirtd_killed(world: World, rng: Random) -> Iterator[str]:
    """SIGKILL to a libvirtd; its guests go on."""
    host = _host(world, rng)
    host.kill()
    yield f"libvirtd of {host.name} is killed"
    host.start()


def libvirtd_hangs(world: World, rng: Random) -> Iterator[str]:
    """A libvirtd takes connections and is silent."""
    host = _host(world, rng)
    host.freeze()
    yield f"libvirtd of {host.name} hangs"
    host.thaw()


def network_dropped(world: World, rng: Random) -> Iterator[str]:
    """A host is off the network: nothing is refused, nothing arrives."""
    host = _host(world, rng)
    host.cut()
    yield f"{host.name} is off the network"
    host.mend()


def controller_cut(world: World, rng: Random) -> Iterator[str]:
    """A controller reaches no host, but the state."""
    controller = _controller(world, rng)
    controller.place.cut()
    yield f"{controller.place.name} is off the network"
    controller.place.mend()


def postgres_killed(world: World, rng: Random) -> Iterator[str]:
    """PostgreSQL ends without a word, and recovers when it is started."""
    assert world.postgres
    world.postgres.stop("immediate")
    yield "PostgreSQL is stopped immediately"
    world.postgres.start()


def postgres_hangs(world: World, rng: Random) -> Iterator[str]:
    """PostgreSQL's connections stay, and nobody answers."""
    assert world.postgres
    world.postgres.freeze()
    yield "PostgreSQL hangs"
    world.postgres.thaw()


def postgres_promoted(world: World, rng: Random) -> Iterator[str]:
    """PostgreSQL goes on upon another timeline, as a standby does that takes over."""
    assert world.postgres
    world.postgres.promote()
    yield "PostgreSQL is another one"


def postgres_cut(world: World, rng: Random) -> Iterator[str]:
    """PostgreSQL is there for all but one controller, which still reaches the hosts."""
    assert world.postgres
    controller = _controller(world, rng)
    role = controller.place.name
    ended = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{role}'"
    world.postgres.sql(f"ALTER ROLE {role} NOLOGIN")
    world.postgres.sql(ended)
    yield f"{role} is cut off PostgreSQL"
    world.postgres.sql(f"ALTER ROLE {role} LOGIN")


def git_away(world: World, rng: Random) -> Iterator[str]:
    """The repository cannot be had."""
    assert world.bare
    away = world.bare.with_suffix(".away")
    world.bare.rename(away)
    yield "git is away"
    away.rename(world.bare)
    world.people.push()


def disk_full(world: World, rng: Random) -> Iterator[str]:
    """There is no room for the state to grow."""
    assert world.disk
    filler = world.disk / "filler"
    with suppress(OSError), filler.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    yield "the disk of the state is full"
    filler.unlink()


def clock_stepped(world: World, rng: Random) -> Iterator[str]:
    """A controller's clock is wrong, by seconds or by hours, either way."""
    controller = _controller(world, rng)
    seconds = rng.choice((-86_400, -3600, -30, 30, 3600, 86_400))
    controller.step(seconds)
    yield f"the clock of {controller.place.name} is stepped by {seconds} s"
    controller.step(0)


def controller_killed(world: World, rng: Random) -> Iterator[str]:
    """SIGKILL to a controller, which is started again."""
    controller = _controller(world, rng)
    controller.kill()
    yield f"{controller.place.name} is killed"
    controller.start()


def controller_stopped(world: World, rng: Random) -> Iterator[str]:
    """SIGTERM to a controller, which ends well, and is started again."""
    controller = _controller(world, rng)
    well = (0,) if controller.speaks() else (0, -signal.SIGTERM)
    code = controller.stop()
    assert code in well, f"{controller.place.name} ended with {code} after SIGTERM"
    yield f"{controller.place.name} is stopped"
    controller.start()


def controller_frozen(world: World, rng: Random) -> Iterator[str]:
    """SIGSTOP to a controller past its leases, then it goes on as if nothing had been."""
    controller = _controller(world, rng)
    controller.send(signal.SIGSTOP)
    began = time.time()
    until = time.monotonic() + 1.5 * TTL
    yield f"{controller.place.name} is frozen"
    time.sleep(max(0.0, until - time.monotonic()))
    controller.send(signal.SIGCONT)
    world.frozen.append(Frozen(controller.place.address, began, time.time()))


FAULTS: dict[str, Fault] = {
    "libvirtd": libvirtd_killed,
    "libvirtd-hangs": libvirtd_hangs,
    "postgres": postgres_killed,
    "postgres-hangs": postgres_hangs,
    "postgres-promoted": postgres_promoted,
    "postgres-cut": postgres_cut,
    "git": git_away,
    "disk": disk_full,
    "network": network_dropped,
    "cut": controller_cut,
    "clock": clock_stepped,
    "kill": controller_killed,
    "stop": controller_stopped,
    "freeze": controller_frozen,
}


def possible(scale: Scale, only: Collection[str] = ()) -> list[str]:
    """The faults that can befall such a world; of these only, if any is named."""
    there = {"postgres": scale.postgres, "git": scale.git, "disk": not scale.postgres}
    names = [name for name in FAULTS if there.get(name.partition("-")[0], True)]
    return [name for name in names if not only or name in only]


@contextmanager
def befalling(name: str, world: World, rng: Random) -> Iterator[str]:
    """A fault, while the block runs: its text says what it is. It is gone afterwards."""
    with contextmanager(FAULTS[name])(world, rng) as text:
        yield text
