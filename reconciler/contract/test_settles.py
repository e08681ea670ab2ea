"""What was applied plans empty, and an edit is seen, made, and no edit any more."""

from __future__ import annotations

import pytest

from drivers.contract.features import Feature
from reconciler.contract.settling import HostTree
from specs.desired import PowerState
from specs.documents.marks import beside_mark
from specs.identity import Kind

needs = pytest.mark.needs


@needs(Feature.SETTLE)
def test_documents_and_specs_are_applied_once_and_then_nothing_is_left_to_do(settling: HostTree) -> None:
    settling.declare_documents(settling.specimens.documents)
    settling.declare(settling.specimens.specs)
    settling.settle()


@needs(Feature.EDIT)
def test_every_single_edit_is_seen_and_made_and_what_was_changed_on_the_host_is_changed_back(
    settling: HostTree,
) -> None:
    edits = settling.specimens.edits
    settling.declare({name: before for name, (before, _) in edits.items()})
    settling.apply()
    settling.expect_nothing_to_do()
    first = {name: documented(settling, name) for name in edits}

    settling.declare({name: after for name, (_, after) in edits.items()})
    settling.expect_changes(edits)
    settling.settle()

    for name, document in first.items():
        settling.driver.lifecycle.define(Kind.DOMAIN, name, beside_mark(document))
    settling.expect_changes(edits)
    settling.settle()


@needs(Feature.LIVE_EDIT)
def test_every_live_edit_is_made_while_the_guest_goes_on(settling: HostTree) -> None:
    edits, incarnation = settling.specimens.live, settling.specimens.incarnation
    settling.declare({name: before for name, (before, _) in edits.items()}, state="running")
    settling.apply()
    settling.expect_nothing_to_do()
    before = {name: incarnation(settling.folder, name) for name in edits}

    settling.declare({name: after for name, (_, after) in edits.items()}, state="running")
    settling.expect_changes(edits)
    settling.settle()
    assert {name: incarnation(settling.folder, name) for name in edits} == before
    assert {powered(settling, name) for name in edits} == {PowerState.RUNNING}


def documented(settling: HostTree, name: str) -> str:
    """A domain's persistent document, as the host has it now."""
    seen = settling.driver.observe.one(Kind.DOMAIN, name)
    assert seen is not None
    return seen.document


def powered(settling: HostTree, name: str) -> PowerState | None:
    """Whether a domain runs."""
    seen = settling.driver.observe.one(Kind.DOMAIN, name)
    return seen.power if seen else None
