"""Actions tied to the objects that they were planned upon, so that they are done to no other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from drivers.base import Observation
from reconciler.operations import Define, Undefine
from reconciler.plan.draft import Draft
from reconciler.plan.model import Action
from reconciler.plan.world import World
from specs.desired import digest
from specs.documents.volume_facts import identity_of
from specs.identity import Kind
from specs.xml import is_xml


def identified(draft: Draft, world: World) -> Iterator[Action]:
    """The draft's actions with the UUID and the digest of what is there now."""
    removed = {(a.host, a.native) for a in draft.actions if isinstance(a.operation, Undefine)}
    for action in draft.actions:
        if isinstance(action.operation, Define) and (action.host, action.native) in removed:
            yield action  # it is made anew
            continue
        seen = world.observation(action.found_on, action.address.kind, action.native)
        if seen is None:
            yield action
            continue
        expects = document_digest(seen) if action.operation.harms and seen.persistent else ""
        yield replace(action, uuid=seen.uuid, expects=action.expects or expects)


def document_digest(seen: Observation) -> str:
    """The digest of a persistent document, without what changes by itself."""
    if seen.kind is not Kind.VOLUME or not is_xml(seen.document):
        return digest(seen.document)
    return digest(identity_of(seen.document))
