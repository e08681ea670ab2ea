"""What is on a host is told whole, and twice the same."""

from __future__ import annotations

from collections.abc import Callable

from drivers.base import KnownDocument, Observation
from drivers.contract.bench import (
    ABSENT,
    FORCE,
    MARK,
    NAMES,
    Bench,
    every_kind,
    needs,
)
from drivers.contract.complete import CompleteHost
from drivers.contract.features import Feature
from drivers.contract.results import VERSION
from specs.identity import Kind


def test_capabilities_say_what_the_host_can_hold(
    driver: CompleteHost, record_property: Callable[[str, object], None]
) -> None:
    capabilities = driver.capabilities()
    record_property(VERSION, capabilities.version)
    assert capabilities.family
    assert capabilities.version
    assert capabilities.domain_types
    assert capabilities.kinds


@every_kind
def test_an_absent_object_is_none_not_an_error(driver: CompleteHost, kind: Kind) -> None:
    assert driver.observe.one(kind, ABSENT) is None
    assert (kind, ABSENT) not in driver.observe.inventory().objects


@every_kind
def test_both_ways_of_observing_agree(bench: Bench, kind: Kind) -> None:
    one = bench.define(kind)
    inventory = bench.driver.observe.inventory()
    assert (kind, NAMES[kind]) not in inventory.failures
    assert inventory.objects[kind, NAMES[kind]] == one
    assert (one.kind, one.name) == (kind, NAMES[kind])


@every_kind
def test_a_known_document_is_given_again_only_while_its_stamp_is_the_same(bench: Bench, kind: Kind) -> None:
    """Whatever has no stamp is read each time."""
    first, key = bench.define(kind), (kind, NAMES[kind])

    def seen(known: KnownDocument) -> Observation:
        return bench.driver.observe.inventory({key: known}).objects[key]

    assert seen(KnownDocument("of another time", "<stale/>")) == first
    assert seen(KnownDocument("", "<stale/>")) == first
    assert seen(KnownDocument(first.stamp, first.document)) == first


@needs(Feature.DOMAIN, Feature.METADATA)
def test_what_changed_has_another_stamp(bench: Bench) -> None:
    first = bench.define(Kind.DOMAIN)
    known = {(Kind.DOMAIN, "contract"): KnownDocument(first.stamp, first.document)}
    bench.driver.lifecycle.set_mark(Kind.DOMAIN, "contract", MARK)
    assert bench.driver.observe.inventory(known).objects[Kind.DOMAIN, "contract"] == bench.see(Kind.DOMAIN)
    changed = bench.see(Kind.DOMAIN).document.replace("<memory", "<description>other</description><memory", 1)
    bench.driver.lifecycle.define(Kind.DOMAIN, "contract", changed)
    seen = bench.driver.observe.inventory(known).objects[Kind.DOMAIN, "contract"]
    assert seen == bench.see(Kind.DOMAIN)
    assert "other" in seen.document


@needs(Feature.START_DOMAIN)
def test_both_ways_of_observing_agree_on_an_active_domain(bench: Bench) -> None:
    one = bench.running()
    assert bench.driver.observe.inventory().objects[Kind.DOMAIN, "contract"] == one


@needs(Feature.VOLUME, Feature.START_POOL)
def test_volumes_are_observed_while_their_pool_is_active(bench: Bench) -> None:
    one = bench.volume()
    assert bench.driver.observe.inventory().objects[Kind.VOLUME, bench.name(Kind.VOLUME)].name == one.name
    bench.driver.lifecycle.stop(Kind.STORAGE_POOL, "contract", FORCE)
    assert (Kind.VOLUME, bench.name(Kind.VOLUME)) not in bench.driver.observe.inventory().objects


@needs(Feature.START_DOMAIN)
def test_nothing_is_done_with_disks_unless_somebody_asked(bench: Bench) -> None:
    assert bench.driver.observe.jobs(ABSENT) == ()
    bench.running()
    assert bench.driver.observe.jobs("contract") == ()
