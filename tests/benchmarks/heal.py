"""From what somebody does behind the controller's back to its being set right: a git repository, the service,
a real libvirtd with guests that run Linux."""

from __future__ import annotations

import math
import statistics
import tempfile
import time
from pathlib import Path

import libvirt

from tests.support.daemons import LibvirtHost
from tests.support.guests import boot
from tests.support.meddling import WAYS, Meddling, connected, tree
from tests.support.repositories import Upstream
from tests.support.service import RunningService

_INTERVAL = 5.0
_GUESTS = 4
_APART = 1.2
"""Seconds between two changes: what was done is looked at once more before."""


def heal(rounds: int) -> None:
    """Changes of each kind, one after another, each of another guest than the last: of what libvirt tells
    four times as many."""
    boot()
    print(f"healed, a full look every {_INTERVAL:g} s: seconds as median, 99th percentile (least-most)")
    with LibvirtHost() as host, tempfile.TemporaryDirectory(prefix="vr-bench-") as folder:
        upstream = Upstream(Path(folder) / "upstream")
        upstream.commit({"all.yaml": tree(host.qemu, _GUESTS, host.images)})
        options = ("--interval", f"{_INTERVAL:g}s", "--fetch-interval", "5s")
        with RunningService(Path(folder), upstream.url, *options) as service, connected(host.qemu) as handle:
            service.wait(lambda: _converged(handle))
            time.sleep(_INTERVAL * 2)  # until the guests have booted
            for way in WAYS:
                times = rounds * _GUESTS if way.told else rounds
                taken = [_healed(service, handle, way, str(n % _GUESTS)) for n in range(times)]
                known = "told" if way.told else "not told"
                print(f"{way.name:40} {known:9} {times:3} times {_figures(taken)}", flush=True)


def _converged(handle: libvirt.virConnect) -> bool:
    every = handle.listAllDomains(0)
    return len(every) == 2 * _GUESTS and sum(1 for each in every if each.isActive()) == _GUESTS


def _healed(service: RunningService, handle: libvirt.virConnect, way: Meddling, number: str) -> float:
    time.sleep(_APART)
    way.do(handle, number)
    return service.wait(lambda: way.healed(handle, number))


def _figures(taken: list[float]) -> str:
    ordered = sorted(taken)
    late = ordered[math.ceil(0.99 * len(ordered)) - 1]
    return f"{statistics.median(taken):5.2f} {late:5.2f} ({ordered[0]:.2f}-{ordered[-1]:.2f})"
