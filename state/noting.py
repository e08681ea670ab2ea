"""What is new in how a host stands: the same for every backend, which only writes it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from specs.identity import Address
from state.standings import Condition, Standing


@dataclass(frozen=True, slots=True)
class StandingNews:
    """The standings that are others than before (`news`), those that are no more (`gone`), the hosts whose
    counts that changes, and the former standings of those that came to another condition."""

    news: tuple[Standing, ...]
    gone: tuple[Standing, ...]
    hosts: frozenset[str]
    before: tuple[Standing, ...]


def news_of(host: str, standings: Collection[Standing], former: Mapping[Address, Standing]) -> StandingNews:
    """What differs between how a host stands now and what was noted of it, and of what came to it from
    elsewhere. What stands in the condition that it was in does so since then."""
    aged = [_since(standing, former.get(standing.address)) for standing in standings]
    news = tuple(standing for standing in aged if standing != former.get(standing.address))
    given = {standing.address for standing in standings}
    return StandingNews(
        news,
        tuple(was for address, was in former.items() if address not in given),
        frozenset({host, *(was.host for was in former.values()), *(new.host for new in news)}),
        tuple(
            former.get(new.address) or Standing(new.address, new.host, Condition.CONVERGED)
            for new in news
            if new.address not in former or former[new.address].condition is not new.condition
        ),
    )


def _since(standing: Standing, former: Standing | None) -> Standing:
    """With the time at which it came to its condition."""
    if former is None or former.condition is not standing.condition:
        return standing
    return replace(standing, since=former.since)
