"""What a plan goes by, as digests: applied later, it is refused where they differ."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.plan.model import Verdict
from reconciler.plan.world import World
from specs.desired import Desired, digest


def digest_of_seen(result: Verdict, desired: Desired, world: World) -> str:
    """The digest of all that a draft was made from: what was declared and what was observed."""
    declared = desired.resources.get(result.address)
    record = world.records.get(result.address)
    native = declared.native if declared else record.native if record else result.address.name
    observation = world.observation(result.host, result.address.kind, native)
    if observation is None:
        return digest(declared.digest if declared else "")
    parts: Iterator[object] = iter(
        (
            declared.digest if declared else "",
            observation.document,
            observation.at_work or "",
            observation.power,
            observation.autostart,
            world.answers.contents.get(result.address, ""),
        )
    )
    return digest("\0".join(map(str, parts)))
