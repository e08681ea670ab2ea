"""How good placement is: moves per drain beside the least possible, and balance beside Ganeti's hbal."""

from __future__ import annotations

import os
import random
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterable
from dataclasses import replace

from reconciler.place import Guest, HostState, place
from reconciler.place.rebalance import rebalance
from reconciler.place.score import score

GIB = 1 << 20
FILLED = {"loose": 0.5, "tight": 0.85, "full": 0.93}
"""Kinds of fleets by the share of memory that guests have."""

_MOVE = re.compile(r"^\s*\d+\.\s+(\S+)\s+(\S+?)\s+=>\s+(\S+)", re.MULTILINE)


def main() -> None:
    """Prints all three tables."""
    print("placing and planning nothing else: 10,000 new guests on 500 hosts")
    hosts, guests = fleet(500, 0.9, random.Random(1), 10_000)
    begun = time.monotonic()
    placed = place(hosts, [replace(guest, current="") for guest in guests])
    print(f"  {len(guests)}: {time.monotonic() - begun:.2f} s, {len(placed.unplaced)} unplaced")
    print("drain of one host: fleet, hosts, guests drained, moves, least possible, stuck")
    for kind, share in FILLED.items():
        print("  " + " ".join(map(str, (kind, 50, *drains(share)))))
    print("balance: fleet, score before, ours after (moves), hbal after (moves)")
    for kind, share in FILLED.items():
        print(f"  {kind} {balance(share)}")


def fleet(
    number: int, share: float, dice: random.Random, most: int = 1 << 30
) -> tuple[list[HostState], list[Guest]]:
    """Hosts with 64 CPUs (times four) and 256 GiB, filled unevenly to that share on average."""
    hosts = [HostState(f"n{i}", 256, 256 * GIB) for i in range(number)]
    allowed = frozenset(host.name for host in hosts)
    guests: list[Guest] = []
    for host in hosts:
        left = 256 * min(1.0, share * dice.uniform(0.7, 1.3))
        while len(guests) < most and left >= (size := dice.choice((1, 2, 4, 8, 16, 32))):
            left -= size
            name = f"g{len(guests)}"
            guests.append(
                Guest(name, max(1, size // 4), size * GIB, host.name, allowed=allowed, running=True)
            )
    return hosts, guests


def drains(share: float, rounds: int = 20) -> tuple[int, int, int, int]:
    """Guests drained, moves made, the least possible, and guests that found no room."""
    drained = moves = stuck = 0
    for seed in range(rounds):
        hosts, guests = fleet(50, share, random.Random(seed))
        hosts[0] = replace(hosts[0], accepts=False, holds=False)
        placed = place(hosts, guests)
        drained += sum(guest.current == "n0" for guest in guests)
        moves += len(placed.moves)
        stuck += len(placed.unplaced)
    # Nobody leaves a host without a move of its own: as many as are there is the least.
    return drained, moves, drained - stuck, stuck


def balance(share: float) -> str:
    """The measure before, after our proposal and after hbal's, with as many moves as either wants."""
    hosts, guests = fleet(20, share, random.Random(3))
    where = {guest.name: guest.current for guest in guests}
    before = score(hosts, guests, where)
    ours = rebalance(hosts, guests, most=500)
    told = f"{before.total:.4f} {ours.after.total:.4f} ({len(ours.moves)})"
    moved = hbal(hosts, guests)
    if moved is None:
        return f"{told} - (no hbal)"
    after = dict(where)
    for guest, _, destination in moved:
        after[guest] = destination
    return f"{told} {score(hosts, guests, after).total:.4f} ({len(moved)})"


def hbal(hosts: Iterable[HostState], guests: Iterable[Guest]) -> list[tuple[str, str, str]] | None:
    """What hbal would move on the same fleet, with shared storage; None where it is not installed
    (Debian's ganeti-htools, or its path in $HBAL)."""
    program = os.environ.get("HBAL") or shutil.which("hbal")
    if not program:
        return None
    guests = list(guests)
    nodes = []
    for host in hosts:
        used = sum(guest.memory_kib for guest in guests if guest.current == host.name) // 1024
        total = int(host.memory_kib) // 1024
        fields = (
            host.name,
            total,
            0,
            total - used,
            1 << 20,
            1 << 20,
            int(host.cpus) // 4,
            "N",
            "u",
            1,
            "",
            "N",
            0,
            0,
            1,
        )
        nodes.append("|".join(map(str, fields)))
    instances = [
        "|".join(
            map(
                str,
                (g.name, g.memory_kib // 1024, 0, g.cpus, "running", "Y", g.current, "", "rbd", "", 0, "-"),
            )
        )
        for g in guests
    ]
    most = "131072,64,1048576,16,8,12"
    policy = f"|1024,1,1024,1,1,1|1,1,0,0,0,0;{most}|rbd|64|64"
    text = "\n".join(
        [
            "default|u|preferred||",
            "",
            *nodes,
            "",
            *instances,
            "",
            "",
            policy,
            policy.replace("|", "default|", 1),
        ]
    )
    with tempfile.NamedTemporaryFile("w", suffix=".data") as file:
        file.write(text + "\n")
        file.flush()
        command = [program, "-t", file.name, "-l", "500", "--ignore-dynu"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"hbal: {done.stdout}{done.stderr}")
    final: dict[str, tuple[str, str, str]] = {}
    for name, origin, destination in _MOVE.findall(done.stdout):
        final[name] = (name, origin, destination)
    return list(final.values())


if __name__ == "__main__":
    main()
