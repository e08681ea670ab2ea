"""Standings as rows, both ways."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import astuple
from typing import Any

from state.rows import Damaged, address_of, as_end, as_number, as_text, as_time, listed
from state.standings import Changed, Condition, Detail, HostStanding, Standing

STANDING = "address, host, condition, since, until, cause, effect, problem, declared, observed, file, labels"
WRITTEN = f"{STANDING}, kind, rank, words"
HOST = "host, uri, looked, tried, seconds, problem, controller, mode, version, guests"
DETAIL = "differences, declared, seen"

RANKS = {condition: rank for rank, condition in enumerate(Condition)}
"""How bad each is: 0 is the worst."""


def searched(text: str) -> str:
    """A text as it is looked for: its case does not matter."""
    return text.casefold()


def to_standing(standing: Standing) -> tuple[object, ...]:
    """The columns WRITTEN of a standing."""
    labels = [f"{key}={value}" for key, value in standing.labels]
    return (
        str(standing.address),
        standing.host,
        standing.condition.value,
        standing.since,
        standing.until,
        standing.cause,
        standing.effect,
        standing.problem,
        standing.declared,
        standing.observed,
        standing.file,
        json.dumps(standing.labels),
        standing.address.kind.value,
        RANKS[standing.condition],
        searched("\n".join((str(standing.address), *labels))),
    )


def standing_of(row: Sequence[Any]) -> Standing:
    """A standing from the columns STANDING."""
    address, host, condition, since, until, *texts, labels = row
    cause, effect, problem, declared, observed, file = map(as_text, texts)
    return Standing(
        address_of(address),
        as_text(host),
        condition_of(condition),
        as_time(since),
        as_end(until),
        cause,
        effect,
        problem,
        declared,
        observed,
        file,
        listed(labels, _pair),
    )


def to_host(host: HostStanding) -> tuple[object, ...]:
    """The columns HOST of a host."""
    return astuple(host)


def host_of(row: Sequence[Any]) -> HostStanding:
    """A host from the columns HOST."""
    host, uri, looked, tried, seconds, problem, controller, mode, version, guests = row
    return HostStanding(
        as_text(host),
        as_text(uri),
        as_end(looked),
        as_end(tried),
        as_number(seconds),
        as_text(problem),
        as_text(controller),
        as_text(mode),
        as_text(version),
        int(as_number(guests)),
    )


def to_detail(detail: Detail) -> tuple[object, ...]:
    """The columns DETAIL of a detail."""
    return json.dumps([astuple(change) for change in detail.differences]), detail.declared, detail.seen


def detail_of(row: Sequence[Any]) -> Detail:
    """A detail from the columns DETAIL."""
    differences, declared, seen = row
    return Detail(
        listed(differences, lambda texts: Changed(*map(as_text, texts))), as_text(declared), as_text(seen)
    )


def condition_of(text: Any) -> Condition:
    """A condition from its text."""
    try:
        return Condition(as_text(text))
    except ValueError:
        raise Damaged(f"{text!r:.100} is no condition") from None


def _pair(texts: Sequence[Any]) -> tuple[str, str]:
    key, value = map(as_text, texts)
    return key, value
