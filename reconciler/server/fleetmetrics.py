"""How the fleet stands, in numbers: read from the state, by host, kind and cause."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from reconciler.server.metricnames import METRICS, NOT_LOOKED_AT, PREFIX
from specs.plain import plain
from state import OpenState
from state.commits import CommitNote, CommitStatus
from state.standings import Condition, HostStanding

_HELD = (CommitStatus.REFUSED, CommitStatus.WAITING)
_NEWEST = 50

Values = Mapping[tuple[str, ...], float]
"""Label values → value."""


class FleetMetrics(Collector):
    """The metrics of one moment; without a state, that there is none. Reading it raises StateError."""

    def __init__(self, state: OpenState | None, late: float, now: float) -> None:
        self._state, self._late, self._now = state, late, now

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """All of them."""
        yield _gauge("state_reachable", {(): float(self._state is not None)})
        if self._state is not None:
            yield from self._of(self._state)

    def _of(self, state: OpenState) -> Iterator[GaugeMetricFamily]:
        hosts, counts, living = state.host_standings(), state.standing_counts(), state.controllers()
        owned = {host for controller in living for host in controller.hosts}
        yield from self._of_resources(hosts, counts)
        looked: Values = {(name,): host.looked or 0.0 for name, host in hosts.items()}
        yield _gauge("host_last_success_timestamp_seconds", looked)
        yield _gauge("host_owned", {(name,): float(name in owned) for name in hosts})
        yield _gauge("controllers", {(): float(len(living))})
        yield from _of_commits([*state.commits(_NEWEST)])
        yield _gauge("notices_undelivered", {(): float(len(state.undelivered()))})

    def _of_resources(
        self, hosts: Mapping[str, HostStanding], counts: Mapping[tuple[str, str, str, str], int]
    ) -> Iterator[GaugeMetricFamily]:
        resources, drift = Counter[tuple[str, ...]](), Counter[tuple[str, ...]]()
        pending = Counter[tuple[str, ...]]({(name,): 0 for name in hosts})
        for (host, kind, condition, cause), number in counts.items():
            resources[host, kind, condition if self._believed(hosts.get(host)) else NOT_LOOKED_AT] += number
            if cause:
                drift[host, kind, cause] += number
            if condition == Condition.PENDING:
                pending[(host,)] += number
        yield _gauge("resources", resources)
        yield _gauge("drift", drift)
        yield _gauge("pending_restarts", pending)

    def _believed(self, host: HostStanding | None) -> bool:
        """Nothing is green whose host was not looked at in time."""
        return host is not None and host.looked is not None and self._now - host.looked <= self._late


def _of_commits(notes: list[CommitNote]) -> Iterator[GaugeMetricFamily]:
    """The one in force, and what came after it and is not."""
    in_force = [note for note in notes if note.status is CommitStatus.IN_FORCE]
    since = max((note.seen for note in in_force), default=0.0)
    yield _gauge("commit_info", {(note.commit,): 1.0 for note in in_force})
    newer = Counter(note.status for note in notes if note.seen >= since)
    yield _gauge("commits_held", {(status,): float(newer[status]) for status in _HELD})


def _gauge(name: str, values: Values) -> GaugeMetricFamily:
    meaning = METRICS[name]
    gauge = GaugeMetricFamily(PREFIX + name, meaning.says, labels=meaning.labels)
    for labels, value in sorted(values.items()):
        gauge.add_metric([plain(label) for label in labels], value)
    return gauge
