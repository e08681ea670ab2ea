"""A fleet of 10,000 guests, as a state says it: something of everything."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import time
from zlib import crc32

from specs.identity import Address, Kind
from state import OpenState, open_state
from state.claims import FLEET
from state.commits import CommitNote, CommitStatus
from state.decisions import Verb
from state.standings import Changed, Condition, Detail, HostStanding, Standing

NOW = time()
LATE = 3600.0
"""After how many seconds a look is too old to be believed."""
HOSTS = 40
A_HOST = 250
GUESTS = HOSTS * A_HOST

HOSTILE = "<img src=x onerror=alert(1)>\"'&\x1b[31m\u202egnp.exe"
"""What a name may be at its worst."""

WOULD = (
    "it waits for somebody who approves it",
    "it would do this: 3 restarts",
    f"it restarts Domain/{HOSTILE}",
)
GOOD, BAD, NEXT = "a" * 40, "b" * 40, "c" * 40

_ODD = {
    4: (Condition.FAILED, "", "none", "start: Requested operation is not valid: network 'lan' is not active"),
    7: (Condition.BLOCKED, "", "", "the host has another guest of this name"),
    19: (Condition.DRIFTED, "drifted", "live", ""),
    22: (Condition.FIGHTING, "drifted", "live", "healed 6 times in 10m: somebody else sets memory"),
    41: (Condition.CHANGE, "edited", "live", ""),
    58: (Condition.WAITING, "edited", "restart", "waits for its window"),
    80: (Condition.PENDING, "", "next-boot", ""),
    90: (Condition.SUSPENDED, "", "", ""),
    95: (Condition.KEPT, "", "", ""),
}
"""How many of a thousand guests are this or worse."""


def _odd(host: int, number: int) -> tuple[Condition, str, str, str]:
    """How a guest stands: so many of each condition, scattered."""
    lot = crc32(f"{host} {number}".encode()) % 1000 if host or number != 3 else 0
    return next((odd for below, odd in _ODD.items() if lot < below), (Condition.CONVERGED, "", "", ""))


DECLARED = "<domain><name>web</name><memory unit='GiB'>4</memory><vcpu>2</vcpu><devices/></domain>"
SEEN = "<domain><name>web</name><memory unit='GiB'>2</memory><vcpu>2</vcpu></domain>"
DETAIL = Detail(
    (
        Changed("memory", "4 GiB", "4 GiB", "2 GiB", "drifted", "live"),
        Changed("title", HOSTILE, "", "", "edited", "live"),
    ),
    DECLARED,
    SEEN,
)


def host_name(number: int) -> str:
    return f"hv{number:02}"


def guest(host: int, number: int) -> Standing:
    """One guest of one host."""
    name = (
        HOSTILE
        if (host, number) == (0, 3)
        else f"{('web', 'db', 'cache', 'build')[number % 4]}-{host:02}-{number:03}"
    )
    condition, cause, effect, problem = _odd(host, number)
    return Standing(
        Address(Kind.DOMAIN, name),
        host_name(host),
        condition,
        NOW - 3600,
        NOW + 7200 if condition is Condition.WAITING else None,
        cause,
        effect,
        problem,
        "running",
        "stopped" if condition is Condition.FAILED else "running",
        f"guests/{host_name(host)}.yaml:{number * 9 + 1}",
        (("app", ("shop", "bank")[number % 2]),),
    )


def fill(state: OpenState, hosts: int = HOSTS, guests: int = A_HOST) -> None:
    """Puts the fleet into a state: the last two of its hosts were not looked at in time."""
    for host in range(hosts):
        late = host >= hosts - 2
        standings = [guest(host, number) for number in range(guests)]
        standings.append(
            Standing(Address(Kind.NETWORK, "lan", host_name(host)), host_name(host), Condition.CONVERGED)
        )
        details = {each.address: DETAIL for each in standings if each.condition is not Condition.CONVERGED}
        looked = NOW - (9000 if late else 10 + host)
        problem = "no route to host" if late else ""
        look = HostStanding(
            host_name(host), "qemu+tls://x/system", looked, looked, 0.4, problem, "c1", version="libvirt",
            guests=guests,
        )  # fmt: skip
        state.note_standings(look, standings, details, None)
    _commits(state)
    state.decide(Verb.SUSPEND, "Domain/web-00-000", "anna", "disk is being replaced", NOW + 86400)


def _commits(state: OpenState) -> None:
    source = "https://git.example.org/fleet.git main"
    problem = f"guests/hv01.yaml:7:3: unknown key {HOSTILE}"
    for note in (
        CommitNote(
            GOOD,
            CommitStatus.IN_FORCE,
            NOW - 5000,
            "More memory for the shop",
            "Anna <a@example.org>",
            source,
        ),
        CommitNote(BAD, CommitStatus.REFUSED, NOW - 400, f"Oops {HOSTILE}", "Ben", source, (problem,)),
        CommitNote(NEXT, CommitStatus.WAITING, NOW - 200, "Restart the databases", "Ben", source, WOULD),
    ):
        state.note_commit(note)


def journal(state: OpenState) -> int:
    """One run that is over, and one that is not; gives the latter's number."""
    done = state.begin_run("run fleet", "fleet", GOOD, cause="timer")
    state.begin_action(done, "start Domain/web-00-000", "Domain/web-00-000", "start", "hv00")
    state.finish_action(done, "start Domain/web-00-000", "done")
    state.begin_action(done, f"define {HOSTILE}", f"Domain/{HOSTILE}", "define", "hv00")
    state.finish_action(done, f"define {HOSTILE}", "failed", f"no {HOSTILE}")
    state.finish_run(done, "failed", "1 done, 1 failed")
    run = state.begin_run("run fleet", "fleet", GOOD, cause="files")
    for number in range(6):
        begin(state, run, number)
    for number in range(4):
        state.finish_action(run, f"action {number}", "done")
    return run


def begin(state: OpenState, run: int, number: int) -> None:
    state.begin_action(run, f"action {number}", f"Domain/web-01-{number:03}", "attach", "hv01")


@contextmanager
def fleet(folder: Path, hosts: int = HOSTS, guests: int = A_HOST) -> Iterator[OpenState]:
    """The fleet, with a controller that works it."""
    state = open_state(f"sqlite:///{folder}/state.db", fleet="shop")
    fill(state, hosts, guests)
    with state.join("run fleet") as member:
        member.beat([*map(host_name, range(hosts)), FLEET])
        yield state
    state.close()
