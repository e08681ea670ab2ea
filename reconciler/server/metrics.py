"""`/metrics` for Prometheus: how the fleet stands, as the state says, and what this process has done.

Every controller shows the whole fleet: of several, take the maximum, not the sum. No label names a guest.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, ProcessCollector, generate_latest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from reconciler.server.fleetmetrics import FleetMetrics
from reconciler.server.hooks import Hooks
from reconciler.server.latest import Latest
from reconciler.server.processmetrics import ProcessMetrics
from state import OpenState, StateError

_FRESH = 5.0
"""Seconds that the fleet's part is good for: with ten thousand series it takes a while to write."""


def routes(hooks: Hooks, state: Callable[[], OpenState], late: float) -> list[Route]:
    """The one that there is; `late` is after how many seconds a look is too old to be believed."""
    own = CollectorRegistry(auto_describe=False)
    own.register(ProcessMetrics(hooks))
    ProcessCollector(registry=own)
    fleet = Latest(lambda: _written(FleetMetrics(state(), late, time.time())), _FRESH)

    async def metrics(request: Request) -> Response:
        try:
            text = await fleet.get()
        except StateError:
            text = _written(FleetMetrics(None, late, time.time()))
        return Response(text + generate_latest(own), media_type=CONTENT_TYPE_LATEST)

    return [Route("/metrics", metrics)]


def _written(fleet: FleetMetrics) -> bytes:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(fleet)
    return generate_latest(registry)
