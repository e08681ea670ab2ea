"""Networks and pools, autostart, marks and secrets."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from drivers.base.errors import NotFound, Refused, Unsupported
from drivers.contract.bench import (
    ABSENT,
    FORCE,
    MARK,
    NAMES,
    Bench,
    needs,
    proves,
)
from drivers.contract.complete import CompleteHost
from drivers.contract.features import Feature
from specs.desired import PowerState
from specs.documents.marks import Mark, beside_mark, read_mark, remarked
from specs.identity import Kind


@needs(Feature.NETWORK_AUTOSTART)
@proves("lifecycle.set_autostart")
def test_autostart_that_is_so_already_is_no_error(bench: Bench) -> None:
    bench.define(Kind.NETWORK)
    for wanted in (True, True, False, False):
        bench.driver.lifecycle.set_autostart(Kind.NETWORK, "contract", wanted)
        assert bench.see(Kind.NETWORK).autostart is wanted


@needs(Feature.START_NETWORK)
def test_starting_and_stopping_a_network_twice_is_no_error(bench: Bench) -> None:
    assert bench.define(Kind.NETWORK).power is PowerState.INACTIVE
    for _ in range(2):
        bench.driver.lifecycle.start(Kind.NETWORK, "contract")
        assert bench.see(Kind.NETWORK).power is PowerState.ACTIVE
    assert bench.see(Kind.NETWORK).live is not None
    for _ in range(2):
        bench.driver.lifecycle.stop(Kind.NETWORK, "contract", FORCE)
        assert bench.see(Kind.NETWORK).power is PowerState.INACTIVE
    assert bench.see(Kind.NETWORK).live is None


@needs(Feature.BUILD)
@proves("lifecycle.build_pool", "lifecycle.refresh_pool")
def test_a_pool_starts_once_it_is_built(bench: Bench) -> None:
    assert bench.define(Kind.STORAGE_POOL).power is PowerState.INACTIVE
    with pytest.raises(Refused):
        bench.driver.lifecycle.start(Kind.STORAGE_POOL, "contract")
    assert bench.see(Kind.STORAGE_POOL).power is PowerState.INACTIVE
    bench.driver.lifecycle.build_pool("contract")
    for _ in range(2):
        bench.driver.lifecycle.start(Kind.STORAGE_POOL, "contract")
        assert bench.see(Kind.STORAGE_POOL).power is PowerState.ACTIVE
    bench.driver.lifecycle.refresh_pool("contract")
    for _ in range(2):
        bench.driver.lifecycle.stop(Kind.STORAGE_POOL, "contract", FORCE)
        assert bench.see(Kind.STORAGE_POOL).power is PowerState.INACTIVE
    with pytest.raises(Refused):
        bench.driver.lifecycle.refresh_pool("contract")


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param(Kind.DOMAIN, marks=needs(Feature.DOMAIN_AUTOSTART)),
        pytest.param(Kind.NETWORK, marks=needs(Feature.NETWORK_AUTOSTART)),
        pytest.param(Kind.STORAGE_POOL, marks=needs(Feature.POOL_AUTOSTART)),
    ],
)
def test_autostart_is_set_and_cleared(bench: Bench, kind: Kind) -> None:
    assert bench.define(kind).autostart is False
    for wanted in (True, True, False):
        bench.driver.lifecycle.set_autostart(kind, NAMES[kind], wanted)
        assert bench.see(kind).autostart is wanted
        assert bench.driver.observe.inventory().objects[kind, NAMES[kind]].autostart is wanted


@needs(Feature.DOMAIN)
def test_verbs_on_what_is_not_there_are_not_found(driver: CompleteHost) -> None:
    verb: Callable[[], object]
    for verb in (
        lambda: driver.lifecycle.undefine(Kind.DOMAIN, ABSENT),
        lambda: driver.lifecycle.start(Kind.DOMAIN, ABSENT),
        lambda: driver.lifecycle.stop(Kind.DOMAIN, ABSENT, FORCE),
        lambda: driver.lifecycle.set_autostart(Kind.DOMAIN, ABSENT, True),
    ):
        with pytest.raises(NotFound):
            verb()


@needs(Feature.METADATA)
@proves("lifecycle.set_mark")
def test_the_mark_is_put_and_replaced(bench: Bench) -> None:
    bench.define(Kind.DOMAIN)
    bench.driver.lifecycle.set_mark(Kind.DOMAIN, "contract", MARK)
    bench.driver.lifecycle.set_mark(Kind.DOMAIN, "contract", MARK.replace("0123", "4567"))
    document = bench.see(Kind.DOMAIN).document.replace("'", '"')
    assert document.count("urn:virt-reconcile:1") == 1
    assert 'digest="4567"' in document
    assert 'digest="0123"' not in document  # alone, a UUID may hold those digits


@needs(Feature.METADATA, Feature.START_DOMAIN)
def test_the_mark_is_taken_away(bench: Bench) -> None:
    bench.running()
    bare = bench.see(Kind.DOMAIN)
    bench.driver.lifecycle.set_mark(Kind.DOMAIN, "contract", "")  # there is none
    bench.driver.lifecycle.set_mark(Kind.DOMAIN, "contract", MARK)
    bench.driver.lifecycle.set_mark(Kind.DOMAIN, "contract", "")
    seen = bench.see(Kind.DOMAIN)
    assert "urn:virt-reconcile:1" not in f"{seen.document}{seen.live}"
    assert re.sub(r"\s*<metadata/>", "", seen.document) == bare.document  # libvirt leaves it empty


@needs(Feature.METADATA)
def test_nothing_but_the_mark_changes_with_it(bench: Bench) -> None:
    """What a document is once its mark is another is known without reading it again."""
    bare = bench.define(Kind.DOMAIN).document
    assert beside_mark(bare) == bare
    bench.driver.lifecycle.set_mark(Kind.DOMAIN, "contract", MARK)
    first = bench.see(Kind.DOMAIN).document
    other = Mark("contract", "89ab", "a > b & 'c'", readback="4567", uuid=bench.see(Kind.DOMAIN).uuid)
    bench.driver.lifecycle.set_mark(Kind.DOMAIN, "contract", str(other))
    assert bench.see(Kind.DOMAIN).document == remarked(first, other)
    assert beside_mark(first) == beside_mark(remarked(first, other)) == bare
    bench.driver.lifecycle.define(Kind.DOMAIN, "contract", first)
    assert bench.see(Kind.DOMAIN).document == first


@needs(Feature.NETWORK_METADATA)
@proves("lifecycle.set_mark")
def test_the_mark_of_a_network_is_put_and_replaced_and_what_runs_stays(bench: Bench) -> None:
    bare = bench.define(Kind.NETWORK).document
    bench.driver.lifecycle.start(Kind.NETWORK, "contract")
    live = bench.see(Kind.NETWORK).live
    for mark in (Mark("contract", "0123"), Mark("contract", "4567", readback="89ab")):
        bench.driver.lifecycle.set_mark(Kind.NETWORK, "contract", str(mark))
        seen = bench.see(Kind.NETWORK)
        assert read_mark(seen.document) == mark
        assert beside_mark(seen.document) == bare
        assert seen.live == live
    bench.driver.lifecycle.set_mark(Kind.NETWORK, "contract", "")
    assert read_mark(bench.see(Kind.NETWORK).document) is None


@needs(Feature.NETWORK, Feature.FILTER)
def test_what_keeps_no_metadata_has_no_mark(bench: Bench) -> None:
    bench.define(Kind.NETWORK_FILTER)
    with pytest.raises(Unsupported):
        bench.driver.lifecycle.set_mark(Kind.NETWORK_FILTER, "contract", MARK)


@needs(Feature.METADATA, Feature.START_DOMAIN, Feature.TWO_DOCUMENTS)
def test_the_mark_reaches_both_documents_and_survives_a_redefinition(bench: Bench) -> None:
    bench.running()
    bench.driver.lifecycle.set_mark(Kind.DOMAIN, "contract", MARK)
    seen = bench.see(Kind.DOMAIN)
    assert seen.live is not None
    assert "urn:virt-reconcile:1" in seen.live
    bench.driver.lifecycle.define(Kind.DOMAIN, "contract", seen.document)
    assert "urn:virt-reconcile:1" in bench.see(Kind.DOMAIN).document


@needs(Feature.SECRET_VALUE)
@proves("lifecycle.set_secret_value")
def test_a_secret_keeps_its_value_to_itself(bench: Bench) -> None:
    assert bench.define(Kind.SECRET).has_value is False
    assert bench.driver.lifecycle.secret_value(NAMES[Kind.SECRET]) is None
    bench.driver.lifecycle.set_secret_value(NAMES[Kind.SECRET], b"hunter2\0")
    seen = bench.see(Kind.SECRET)
    assert seen.has_value is True
    assert "hunter2" not in repr(seen)
    assert bench.driver.lifecycle.secret_value(NAMES[Kind.SECRET]) == b"hunter2\0"
    bench.driver.lifecycle.define(Kind.SECRET, NAMES[Kind.SECRET], seen.document)
    assert bench.see(Kind.SECRET) == seen
    with pytest.raises(NotFound):
        bench.driver.lifecycle.set_secret_value("ceph:contract absent", b"hunter2")


@needs(Feature.FORMAT)
@proves("lifecycle.build_pool", "lifecycle.build_pool overwrite")
def test_what_is_formatted_already_is_overwritten_only_if_asked(bench: Bench) -> None:
    bench.driver.lifecycle.define(Kind.STORAGE_POOL, "contract", bench.sample("formatted"))
    bench.driver.lifecycle.build_pool("contract")
    with pytest.raises(Refused):
        bench.driver.lifecycle.build_pool("contract")
    bench.driver.lifecycle.build_pool("contract", overwrite=True)
