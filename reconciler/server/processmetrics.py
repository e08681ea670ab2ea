"""What this process has done, in numbers: from its counters, and from how its loop goes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

from reconciler.counting import Spans
from reconciler.server.hooks import Hooks
from reconciler.server.metricnames import METRICS, PREFIX


class ProcessMetrics(Collector):
    """The metrics of now."""

    def __init__(self, hooks: Hooks) -> None:
        self._hooks = hooks

    def collect(self) -> Iterator[Metric]:
        """All of them."""
        counters, health = self._hooks.counters, self._hooks.health()
        actions = CounterMetricFamily(
            f"{PREFIX}actions", METRICS["actions"].says, labels=METRICS["actions"].labels
        )
        for (verb, outcome), number in sorted(counters.actions.items()):
            actions.add_metric([verb, outcome], number)
        yield actions
        took, healed = counters.spans
        yield _histogram("action_duration_seconds", took)
        yield _histogram("event_to_healed_seconds", healed)
        for name, level in (("queue_depth", health.queue), ("loop_idle_seconds", health.idle)):
            yield GaugeMetricFamily(PREFIX + name, METRICS[name].says, value=level)
        for name, count in (
            ("lease_takeovers", counters.takeovers),
            ("fence_refusals", counters.refusals),
        ):
            yield CounterMetricFamily(PREFIX + name, METRICS[name].says, value=count)


def _histogram(name: str, spans: Spans) -> HistogramMetricFamily:
    bounds = [*(f"{float(bound)}" for bound in spans.bounds), "+Inf"]
    buckets = list(zip(bounds, accumulate(spans.counts), strict=True))
    return HistogramMetricFamily(PREFIX + name, METRICS[name].says, buckets=buckets, sum_value=spans.total)
