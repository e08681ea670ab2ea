"""Volumes are made once, grow, and go."""

from __future__ import annotations

import pytest

from drivers.base.errors import NotFound, Refused
from drivers.contract.bench import (
    FORCE,
    Bench,
    needs,
    proves,
    text_of,
)
from drivers.contract.features import Feature
from specs.identity import Kind


@needs(Feature.VOLUME)
def test_a_volume_is_created_once(bench: Bench) -> None:
    first = bench.volume()
    assert text_of(first.document, "capacity") == str(8 << 20)
    with pytest.raises(Refused):
        bench.define(Kind.VOLUME)
    assert text_of(bench.see(Kind.VOLUME).document, "capacity") == str(8 << 20)


@needs(Feature.GROW)
@proves("storage.resize")
def test_a_volume_grows_and_never_shrinks(bench: Bench) -> None:
    bench.volume()
    bench.driver.storage.resize(bench.name(Kind.VOLUME), 16 << 20)
    assert text_of(bench.see(Kind.VOLUME).document, "capacity") == str(16 << 20)
    with pytest.raises(Refused):
        bench.driver.storage.resize(bench.name(Kind.VOLUME), 8 << 20)
    assert text_of(bench.see(Kind.VOLUME).document, "capacity") == str(16 << 20)


@needs(Feature.VOLUME)
@proves("lifecycle.undefine")
def test_a_deleted_volume_is_gone(bench: Bench) -> None:
    bench.volume()
    bench.driver.lifecycle.undefine(Kind.VOLUME, bench.name(Kind.VOLUME))
    assert bench.look(Kind.VOLUME) is None
    with pytest.raises(NotFound):
        bench.driver.lifecycle.undefine(Kind.VOLUME, bench.name(Kind.VOLUME))


@needs(Feature.VOLUME, Feature.START_POOL)
def test_an_inactive_pool_takes_and_loses_no_volume(bench: Bench) -> None:
    bench.volume()
    bench.driver.lifecycle.stop(Kind.STORAGE_POOL, "contract", FORCE)
    other = bench.document(Kind.VOLUME).replace("disk.img", "other.img")
    with pytest.raises(Refused):
        bench.driver.lifecycle.define(Kind.VOLUME, "contract/other.img", other)
    with pytest.raises(Refused):
        bench.driver.lifecycle.undefine(Kind.VOLUME, bench.name(Kind.VOLUME))
    bench.driver.lifecycle.start(Kind.STORAGE_POOL, "contract")
    assert bench.look(Kind.VOLUME) is not None


@needs(Feature.VOLUME, Feature.BUILD)
def test_a_pool_without_its_definition_keeps_its_volumes(bench: Bench) -> None:
    bench.volume()
    bench.driver.lifecycle.stop(Kind.STORAGE_POOL, "contract", FORCE)
    bench.driver.lifecycle.undefine(Kind.STORAGE_POOL, "contract")
    bench.define(Kind.STORAGE_POOL)
    bench.driver.lifecycle.start(Kind.STORAGE_POOL, "contract")
    assert text_of(bench.see(Kind.VOLUME).document, "capacity") == str(8 << 20)
