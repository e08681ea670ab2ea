"""The fleet page: what is wrong first, as counts that are filters, as a map, and as a table in pages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from starlette.datastructures import QueryParams

from reconciler.server.pages.badges import BADGES, UNSEEN, Badge, badge_of
from reconciler.server.pages.cut import ROWS, Cut, page_of
from reconciler.server.pages.desk import without_nul
from reconciler.server.pages.rendering import query
from reconciler.server.pages.vigil import Vigil
from specs.identity import MANAGED_KINDS
from state.standings import Condition, Standing, Standings

_LONG = 200


@dataclass(frozen=True, slots=True)
class Filter:
    """What of a fleet is shown, as the address of the page says it."""

    text: str = ""
    show: tuple[str, ...] = ()
    host: str = ""
    kind: str = ""
    page: int = 1

    @classmethod
    def of(cls, params: QueryParams) -> Filter:
        """What a query asks for; what it cannot mean is passed over."""
        return cls(
            without_nul(params.get("q", "")).strip()[:_LONG],
            tuple(key for key in BADGES if key in params.getlist("show")),
            without_nul(params.get("host", "")),
            params["kind"] if params.get("kind") in MANAGED_KINDS else "",
            page_of(params),
        )

    @property
    def query(self) -> str:
        """As the query of an address."""
        page = self.page if self.page > 1 else ""
        return query(q=self.text, show=self.show, host=self.host, kind=self.kind, page=page)

    def toggled(self, key: str) -> Filter:
        """The same from its first page on, with or without one condition."""
        show = set(self.show) ^ {key}
        return replace(self, show=tuple(each for each in BADGES if each in show), page=1)

    def at(self, page: int) -> Filter:
        """Another page of the same."""
        return replace(self, page=page)


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of the table: those of one badge, and how the state is asked for them."""

    badge: Badge
    number: int
    conditions: Collection[Condition]
    hosts: Collection[str]


@dataclass(frozen=True, slots=True)
class FleetView:
    """What the page shows."""

    filter: Filter
    counts: Mapping[str, int]
    """How many there are of each badge, whatever of them is shown."""
    kinds: Mapping[str, int]
    rows: Sequence[tuple[Standing, Badge]]
    cut: Cut


def fleet_view(state: Standings, vigil: Vigil, wanted: Filter) -> FleetView:
    """Reads one page of a fleet. No more of the state is read than is counted or shown."""
    counted = state.standing_counts(wanted.text)
    numbers: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    for (host, kind, condition, _), number in counted.items():
        if wanted.host in ("", host):
            kinds[kind] += number
            if wanted.kind in ("", kind):
                numbers[badge_of(Condition(condition), seen=vigil.seen(host)).key] += number
    hosts = {host for host, *_ in counted if wanted.host in ("", host)}
    slices = [each for each in _slices(vigil, wanted, hosts, numbers) if each.number]
    cut = Cut(sum(each.number for each in slices), wanted.page)
    wanted = wanted.at(cut.page)
    return FleetView(wanted, numbers, kinds, list(_rows(state, wanted, slices, cut)), cut)


def _slices(
    vigil: Vigil, wanted: Filter, hosts: Collection[str], numbers: Mapping[str, int]
) -> Iterator[Slice]:
    """The table's parts in its order: of hosts that were looked at by condition, the others in one."""
    seen = [host for host in sorted(hosts) if vigil.seen(host)]
    unseen = [host for host in sorted(hosts) if not vigil.seen(host)]
    for key, badge in BADGES.items():
        if wanted.show and key not in wanted.show:
            continue
        if key == UNSEEN:
            conditions = [each for each in Condition if each is not Condition.UNREACHABLE]
            yield Slice(badge, numbers.get(key, 0), conditions, unseen)
        else:
            asked = [*seen, *unseen] if key == Condition.UNREACHABLE else seen
            every = not wanted.host and (not unseen or asked != seen)
            yield Slice(badge, numbers.get(key, 0), [Condition(key)], () if every else asked)


def _rows(
    state: Standings, wanted: Filter, slices: Sequence[Slice], cut: Cut
) -> Iterator[tuple[Standing, Badge]]:
    """One page of rows, from all slices that it touches."""
    before, left = cut.first, ROWS
    for part in slices:
        if before >= part.number:
            before -= part.number
            continue
        found = state.standings(
            conditions=part.conditions,
            hosts=part.hosts,
            kind=wanted.kind,
            text=wanted.text,
            limit=min(left, part.number - before),
            offset=before,
        )
        yield from ((standing, part.badge) for standing in found)
        before, left = 0, left - min(left, part.number - before)
        if not left:
            return
