"""Telling how things stand: what a round found and did becomes standings, and transitions become notices."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import count

from reconciler.controller.charge import Charge
from reconciler.controller.hostround import Made
from reconciler.engine.notices import notices_of
from reconciler.engine.round import Planned
from reconciler.engine.standings import Before, HostLook, looks_of
from specs.identity import Address
from state import OpenState
from state.claims import FLEET
from state.outbox import Notice
from state.standings import Condition, HostStanding, Standing

_PAGE = 1000


class Reporting:
    """Writes standings, host by host. Remembers what it wrote, so that a round that found nothing new costs
    little."""

    def __init__(self) -> None:
        self._looks: dict[str, tuple[Planned, HostLook]] = {}

    def write(
        self,
        host: str,
        controller: str,
        charge: Charge,
        made: Made,
        store: OpenState,
        told: Mapping[Address, str],
    ) -> None:
        """How a host stands after a round; `told` is what its events said of resources."""
        planned, now = made.planned, time.time()
        if planned is None:
            return
        known = self._looks.get(host)
        if known is not None and known[0] is planned and not made.outcomes:
            self._note(store, replace(known[1], host=replace(known[1].host, looked=now, tried=now)), ())
            return
        before = self._before(host, made, store)
        look = looks_of(planned, made.outcomes, {host}, before, now)[host]
        signed = replace(look.host, controller=controller, seconds=made.seconds)
        look = replace(look, host=signed)
        self._looks[host] = (planned, look)
        self._note(store, look, notices_of(look, before, now, charge.commit, told))

    def write_unplaced(
        self, controller: str, charge: Charge, unplaced: Mapping[Address, str], store: OpenState
    ) -> None:
        """What no host could be chosen for, and why."""
        now, before = time.time(), {each.address: each for each in _all_of(FLEET, store)}
        resources = charge.desired.resources
        standings = []
        for address, why in unplaced.items():
            known, origin = before.get(address), resources[address].origin
            standings.append(
                Standing(
                    address,
                    "",
                    Condition.BLOCKED,
                    since=known.since if known else now,
                    problem=why,
                    declared=str(resources[address].power or ""),
                    observed="absent",
                    file=f"{origin.file}:{origin.line}",
                    labels=resources[address].labels,
                )
            )
        host = HostStanding(FLEET, "", looked=now, tried=now, controller=controller)
        store.note_standings(host, standings, {}, None)

    def keep(self, hosts: Collection[str]) -> None:
        """Forgets all other hosts: another controller writes how they stand."""
        self._looks = {host: look for host, look in self._looks.items() if host in hosts}

    def _before(self, host: str, made: Made, store: OpenState) -> Before:
        known = self._looks.get(host)
        if known is not None:
            standings, hosts = known[1].standings, {host: known[1].host}
        else:
            standings, hosts = tuple(_all_of(host, store)), dict(store.host_standings())
        return Before({each.address: each for each in standings}, hosts, made.fights)

    def _note(self, store: OpenState, look: HostLook, notices: Sequence[Notice]) -> None:
        store.note_standings(look.host, look.standings, look.details, look.present, notices)


def _all_of(host: str, store: OpenState) -> Iterator[Standing]:
    """Page by page."""
    for start in count(0, _PAGE):
        page = store.standings(hosts=[host], limit=_PAGE, offset=start)
        yield from page
        if len(page) < _PAGE:
            return
