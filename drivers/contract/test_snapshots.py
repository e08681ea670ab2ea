"""Snapshots keep disks, definition and power as they were, and bring them back."""

from __future__ import annotations

import time

import pytest

from drivers.base import Observation
from drivers.base.errors import NotFound, Refused
from drivers.contract.bench import ABSENT, FORCE, OTHER_UUID, Bench, needs, proves, text_of, uuid_of
from drivers.contract.features import Feature
from specs.desired import PowerState
from specs.identity import Kind


def kept(bench: Bench) -> Observation:
    """A stopped domain of which snapshots can be taken."""
    bench.pool()
    volume = bench.sample("kept_volume")
    bench.driver.lifecycle.define(Kind.VOLUME, f"contract/{text_of(volume, 'name')}", volume)
    bench.driver.lifecycle.define(Kind.DOMAIN, "contract", bench.sample("kept"))
    return bench.see(Kind.DOMAIN)


@needs(Feature.SNAPSHOTS)
@proves("snapshots.take", "snapshots.take description", "snapshots.drop")
def test_snapshots_are_taken_listed_and_dropped(bench: Bench) -> None:
    uuid = uuid_of(kept(bench))
    snapshots = bench.driver.snapshots
    assert snapshots.all("contract") == ()
    assert snapshots.obstacle("contract") == ""
    before = time.time()
    snapshots.take("contract", "first", "before the <upgrade>", uuid=uuid)
    snapshots.take("contract", "second", "")
    first, second = snapshots.all("contract")
    assert (first.name, first.parent, first.description) == ("first", "", "before the <upgrade>")
    assert (first.power, first.memory, first.external) == (PowerState.STOPPED, False, False)
    assert before - 5 < first.created < time.time() + 5
    assert len(first.disks) == 1
    assert (second.parent, second.current, first.current) == ("first", True, False)
    with pytest.raises(Refused):
        snapshots.take("contract", "first", "")
    snapshots.drop("contract", "first", uuid=uuid)
    (left,) = snapshots.all("contract")
    assert (left.name, left.parent) == ("second", "")


@needs(Feature.SNAPSHOTS, Feature.START_DOMAIN)
@proves("snapshots.revert")
def test_a_revert_brings_back_definition_and_power(bench: Bench) -> None:
    before = kept(bench)
    snapshots, lifecycle = bench.driver.snapshots, bench.driver.lifecycle
    snapshots.take("contract", "stopped", "")
    lifecycle.start(Kind.DOMAIN, "contract")
    snapshots.take("contract", "running", "")
    assert bench.see(Kind.DOMAIN).power is PowerState.RUNNING
    running = snapshots.all("contract")[-1]
    assert (running.power, running.memory) == (PowerState.RUNNING, True)
    snapshots.revert("contract", "stopped")
    assert bench.see(Kind.DOMAIN).power is PowerState.STOPPED
    titled = bench.see(Kind.DOMAIN).document.replace("<memory", "<title>edited</title><memory", 1)
    lifecycle.define(Kind.DOMAIN, "contract", titled)
    snapshots.revert("contract", "running", uuid=uuid_of(before))
    after = bench.see(Kind.DOMAIN)
    assert after.power is PowerState.RUNNING
    assert "edited" not in after.document
    assert [each.name for each in snapshots.all("contract") if each.current] == ["running"]
    lifecycle.stop(Kind.DOMAIN, "contract", FORCE)
    assert len(snapshots.all("contract")) == 2


@needs(Feature.SNAPSHOTS)
@proves("snapshots.take uuid", "snapshots.revert uuid", "snapshots.drop uuid")
def test_another_domain_of_the_name_is_left_alone(bench: Bench) -> None:
    kept(bench)
    snapshots = bench.driver.snapshots
    snapshots.take("contract", "first", "")
    with pytest.raises(Refused):
        snapshots.take("contract", "second", "", uuid=OTHER_UUID)
    for call in (snapshots.revert, snapshots.drop):
        with pytest.raises(Refused):
            call("contract", "first", uuid=OTHER_UUID)
    assert [each.name for each in snapshots.all("contract")] == ["first"]


@needs(Feature.SNAPSHOTS)
def test_what_is_not_there_has_no_snapshot_and_what_holds_none_says_why(bench: Bench) -> None:
    bench.define(Kind.DOMAIN)
    snapshots = bench.driver.snapshots
    assert snapshots.obstacle("contract")
    with pytest.raises(Refused):
        snapshots.take("contract", "first", "")
    for ask in (snapshots.all, snapshots.obstacle):
        with pytest.raises(NotFound):
            ask(ABSENT)
    with pytest.raises(NotFound):
        snapshots.take(ABSENT, "first", "")
    for call in (snapshots.revert, snapshots.drop):
        with pytest.raises(NotFound):
            call("contract", "none")
    assert snapshots.all("contract") == ()
