"""Actions tied to the objects that they were planned upon, so that they are done to no other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from drivers.base import Observation
from reconciler.plan.draft import Draft
from reconciler.plan.model import Action, Verb
from reconciler.plan.world import World
from specs.desired import digest
from specs.identity import Kind

BY_DIGEST = frozenset(
    {
        Verb.DEFINE,
        Verb.ADOPT,
        Verb.UNDEFINE,
        Verb.STOP,
        Verb.RESTART,
        Verb.DETACH,
        Verb.UPDATE,
        Verb.BUILD,
        Verb.MIGRATE,
        Verb.RESIZE,
        Verb.FILL,
    }
)
"""What may do harm to an object that is not as it was planned upon."""

_PERMISSIONS = re.compile(r"\s*<permissions>.*?</permissions>", re.DOTALL)
"""Of a volume, the hypervisor changes them when a guest starts or stops (security labels, ownership)."""


def identified(draft: Draft, world: World) -> Iterator[Action]:
    """The draft's actions with the UUID and the digest of what is there now."""
    for action in draft.actions:
        host = action.arguments["from"] if action.verb is Verb.MIGRATE else action.host
        seen = world.observation(host, action.address.kind, action.native)
        if seen is None:
            yield action
            continue
        expects = document_digest(seen) if action.verb in BY_DIGEST and seen.persistent else ""
        yield replace(action, uuid=seen.uuid, expects=action.expects or expects)


def document_digest(seen: Observation) -> str:
    """The digest of a persistent document, without what changes by itself."""
    if seen.kind is Kind.VOLUME:
        return digest(_PERMISSIONS.sub("", seen.document))
    return digest(seen.document)
