"""Objects are defined, defined anew in place, and removed."""

from __future__ import annotations

import re
from contextlib import nullcontext

import pytest

from drivers.base import Belonging
from drivers.base.errors import NotFound, Refused
from drivers.contract.bench import (
    FORCE,
    NAMES,
    OTHER_UUID,
    Bench,
    every_kind,
    needs,
    proves,
    same_elements,
    text_of,
    uuid_of,
)
from drivers.contract.features import Feature
from specs.desired import PowerState
from specs.documents.called import renamed
from specs.identity import Kind


@every_kind
def test_redefining_the_read_back_changes_nothing(bench: Bench, kind: Kind) -> None:
    first = bench.define(kind)
    bench.driver.lifecycle.define(kind, NAMES[kind], first.document)
    second = bench.see(kind)
    assert same_elements(second.document, first.document)
    bench.driver.lifecycle.define(kind, NAMES[kind], second.document)
    assert bench.see(kind) == second


@every_kind
@needs(Feature.UUID)
def test_a_definition_without_the_uuid_is_refused_over_an_existing_object(bench: Bench, kind: Kind) -> None:
    """Where objects of a kind have none, they are told by their names."""
    first = bench.define(kind)
    with pytest.raises(Refused) if first.uuid else nullcontext():
        bench.driver.lifecycle.define(kind, NAMES[kind], bench.document(kind))
    assert bench.see(kind) == first


@every_kind
@pytest.mark.parametrize("document", ["", "<", "<unknown/>", "<domain/>"])
def test_a_failed_redefinition_leaves_the_old_one_in_force(bench: Bench, kind: Kind, document: str) -> None:
    first = bench.define(kind)
    with pytest.raises(Refused):
        bench.driver.lifecycle.define(kind, NAMES[kind], document)
    assert bench.see(kind) == first


@needs(Feature.DOMAIN)
@proves("lifecycle.define")
def test_a_redefinition_changes_the_object_in_place(bench: Bench) -> None:
    first = bench.define(Kind.DOMAIN)
    more = str(2 * int(text_of(first.document, "memory")))
    changed = re.sub(r"(<memory[^>]*>)\d+", rf"\g<1>{more}", first.document, count=1)
    bench.driver.lifecycle.define(Kind.DOMAIN, "contract", changed)
    second = bench.see(Kind.DOMAIN)
    assert uuid_of(second) == uuid_of(first)
    assert text_of(second.document, "memory") == more


@needs(Feature.DOMAIN, Feature.UUID)
def test_a_uuid_belongs_to_one_object(bench: Bench) -> None:
    first = bench.define(Kind.DOMAIN)
    with pytest.raises(Refused):
        bench.driver.lifecycle.define(
            Kind.DOMAIN, "other", first.document.replace("<name>contract<", "<name>other<")
        )
    assert bench.driver.observe.one(Kind.DOMAIN, "other") is None


@needs(Feature.START_DOMAIN, Feature.TWO_DOCUMENTS)
def test_a_redefinition_of_an_active_domain_leaves_the_live_one(bench: Bench) -> None:
    before = bench.running()
    bench.driver.lifecycle.define(
        Kind.DOMAIN,
        "contract",
        before.document.replace("<memory", "<description>next</description><memory", 1),
    )
    after = bench.see(Kind.DOMAIN)
    assert text_of(after.document, "description") == "next"
    assert after.live is not None
    assert "next" not in after.live
    assert after.power is PowerState.RUNNING


@every_kind
def test_an_undefined_object_is_gone(bench: Bench, kind: Kind) -> None:
    bench.define(kind)
    bench.driver.lifecycle.undefine(kind, NAMES[kind])
    assert bench.look(kind) is None
    assert (kind, NAMES[kind]) not in bench.driver.observe.inventory().objects
    with pytest.raises(NotFound):
        bench.driver.lifecycle.undefine(kind, NAMES[kind])


@needs(Feature.START_DOMAIN)
@proves("lifecycle.start")
def test_an_active_domain_cannot_be_undefined(bench: Bench) -> None:
    before = bench.running()
    with pytest.raises(Refused):
        bench.driver.lifecycle.undefine(Kind.DOMAIN, "contract")
    assert bench.see(Kind.DOMAIN) == before


@needs(Feature.START_NETWORK)
def test_an_active_network_cannot_be_undefined(bench: Bench) -> None:
    bench.define(Kind.NETWORK)
    bench.driver.lifecycle.start(Kind.NETWORK, "contract")
    with pytest.raises(Refused):
        bench.driver.lifecycle.undefine(Kind.NETWORK, "contract")
    assert bench.see(Kind.NETWORK).power is PowerState.ACTIVE


@needs(Feature.BUILD)
def test_an_active_pool_cannot_be_undefined(bench: Bench) -> None:
    bench.pool()
    with pytest.raises(Refused):
        bench.driver.lifecycle.undefine(Kind.STORAGE_POOL, "contract")
    assert bench.see(Kind.STORAGE_POOL).power is PowerState.ACTIVE


@needs(Feature.STATE)
def test_what_a_guest_wrote_into_its_firmware_stays(bench: Bench) -> None:
    bench.running("stateful")
    bench.driver.lifecycle.stop(Kind.DOMAIN, "contract", FORCE)
    assert bench.host.has_state(bench.place, "contract")
    bench.driver.lifecycle.undefine(Kind.DOMAIN, "contract")
    assert bench.host.has_state(bench.place, "contract")


@needs(Feature.SNAPSHOT)
@proves("lifecycle.undefine discards")
def test_snapshots_go_only_if_that_is_said(bench: Bench) -> None:
    assert bench.driver.observe.lost_with("contract") == {}
    bench.define(Kind.DOMAIN)
    assert bench.driver.observe.lost_with("contract") == {}
    bench.host.snapshot(bench.place, "contract")
    (lost,) = bench.driver.observe.lost_with("contract").items()
    assert lost == (Belonging.SNAPSHOTS, "1")
    with pytest.raises(Refused):
        bench.driver.lifecycle.undefine(Kind.DOMAIN, "contract", discards=(Belonging.MANAGED_SAVE,))
    assert bench.look(Kind.DOMAIN) is not None
    bench.driver.lifecycle.undefine(Kind.DOMAIN, "contract", discards=(Belonging.SNAPSHOTS,))
    assert bench.look(Kind.DOMAIN) is None


@needs(Feature.DOMAIN)
@proves("lifecycle.undefine uuid")
def test_another_object_of_the_same_name_is_not_removed(bench: Bench) -> None:
    before = bench.define(Kind.DOMAIN)
    with pytest.raises(Refused):
        bench.driver.lifecycle.undefine(Kind.DOMAIN, "contract", uuid=OTHER_UUID)
    assert bench.see(Kind.DOMAIN) == before
    bench.driver.lifecycle.undefine(Kind.DOMAIN, "contract", uuid=before.uuid)
    assert bench.look(Kind.DOMAIN) is None


@needs(Feature.RENAME)
@proves("lifecycle.rename", "lifecycle.rename uuid")
def test_a_domain_gets_another_name_and_is_the_same(bench: Bench) -> None:
    before = bench.define(Kind.DOMAIN)
    with pytest.raises(Refused):
        bench.driver.lifecycle.rename("contract", "renamed", uuid=OTHER_UUID)
    for _ in range(2):  # again, as when the reply got lost
        bench.driver.lifecycle.rename("contract", "renamed", uuid=before.uuid)
        assert bench.look(Kind.DOMAIN) is None
        seen = bench.driver.observe.one(Kind.DOMAIN, "renamed")
        assert seen is not None
        assert seen.document == renamed(before.document, "renamed")
    bench.driver.lifecycle.rename("renamed", "contract")
    assert bench.see(Kind.DOMAIN) == before


@needs(Feature.RENAME, Feature.START_DOMAIN)
def test_a_domain_is_renamed_while_it_is_off_and_to_no_name_that_is_taken(bench: Bench) -> None:
    before = bench.running()
    with pytest.raises(Refused):
        bench.driver.lifecycle.rename("contract", "renamed")
    bench.driver.lifecycle.stop(Kind.DOMAIN, "contract", FORCE)
    bench.driver.lifecycle.define(Kind.DOMAIN, "other", renamed(bench.document(Kind.DOMAIN), "other"))
    with pytest.raises(Refused):
        bench.driver.lifecycle.rename("contract", "other")
    assert bench.see(Kind.DOMAIN).uuid == before.uuid
