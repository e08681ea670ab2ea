"""Telling how things stand: what a round found and did becomes standings, and transitions become notices."""

from __future__ import annotations

import time

from reconciler.controller.charge import Charge
from reconciler.controller.hostround import Made
from reconciler.controller.queue import Job
from state import OpenState
from state.standings import HostStanding


class Reporting:
    """Writes standings, host by host."""

    def __init__(self, store: OpenState) -> None:
        self._store = store

    def write(self, job: Job, charge: Charge, made: Made, store: OpenState) -> None:
        """How a host stands after a round."""
        host = charge.desired.hosts.get(job.host)
        if host is None or made.planned is None:
            return
        world, now = made.planned.world, time.time()
        inventory = world.inventories.get(job.host)
        standing = HostStanding(
            host=job.host,
            uri=host.uri,
            looked=now if inventory else None,
            tried=now,
            problem=world.unreachable.get(job.host, ""),
        )
        store.note_standings(standing, [], {}, None)
