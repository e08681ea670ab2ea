"""Domains go to another host, or stay."""

from __future__ import annotations

import threading

import pytest

from drivers.base import Move
from drivers.base.errors import NotFound, Refused
from drivers.contract.bench import ABSENT, Bench, needs, proves
from drivers.contract.features import Feature
from drivers.contract.host import Connect
from specs.desired import PowerState
from specs.identity import Kind

GO = threading.Event()
"""Nobody cancels."""


@needs(Feature.MOVE)
@proves("move.move")
@pytest.mark.parametrize("live", [True, False])
def test_a_domain_that_moved_is_there_and_no_more_here(bench: Bench, connect: Connect, live: bool) -> None:
    before = bench.running() if live else bench.define(Kind.DOMAIN)
    there = connect(neighbour=True)
    bench.driver.move.move("contract", there, Move(live=live), lambda _: None, GO)
    assert bench.look(Kind.DOMAIN) is None
    arrived = there.observe.one(Kind.DOMAIN, "contract")
    assert arrived is not None
    assert arrived.uuid == before.uuid
    assert arrived.power is (PowerState.RUNNING if live else PowerState.STOPPED)
    there.close()


@needs(Feature.MOVE, Feature.NETWORK)
def test_what_cannot_arrive_stays(bench: Bench, connect: Connect) -> None:
    there = connect(neighbour=True)
    before = bench.plugged()  # its network is not there
    with pytest.raises(Refused):
        bench.driver.move.move("contract", there, Move(live=True), lambda _: None, GO)
    assert bench.see(Kind.DOMAIN) == before
    assert there.observe.one(Kind.DOMAIN, "contract") is None
    with pytest.raises(NotFound):
        bench.driver.move.move(ABSENT, there, Move(live=True), lambda _: None, GO)
    there.close()


@needs(Feature.MOVE, Feature.TWO_DOCUMENTS)
def test_every_host_can_be_asked_for_a_cpu(bench: Bench) -> None:
    live = bench.running().live
    assert live is not None
    assert bench.driver.move.cpu_problem(live) == ""
