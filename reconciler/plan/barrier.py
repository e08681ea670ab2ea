"""What goes wrong in planning one resource stays with that resource."""

from __future__ import annotations

from collections.abc import Callable

from drivers.base import Observation
from drivers.dialects import Dialect
from reconciler.compare import compare, compare_live
from reconciler.mishaps import told
from reconciler.plan.draft import Draft, blocked
from reconciler.plan.readable import left_alone
from reconciler.plan.world import World
from specs.desired import Declared


def one_by_itself(declared: Declared, world: World, draft: Callable[[Declared], Draft]) -> Draft:
    """The draft of one resource; where it cannot be made, why, and the resource is left alone."""
    try:
        return draft(declared)
    except Exception as error:  # noqa: BLE001 - one resource must not take the fleet with it
        return blocked(declared, _blame(declared, world, error))


def _blame(declared: Declared, world: World, error: Exception) -> str:
    """Whose fault it was: the host's or, as a last resort, ours."""
    seen = world.of(declared)
    if seen is not None and not _compares(seen, world.dialect(declared.host)):
        return left_alone(f"its document holds what nobody can make sense of ({type(error).__name__})")
    return f"{told(error)}; it is left alone"


def _compares(seen: Observation, dialect: Dialect) -> bool:
    """Whether a host's documents can be compared with themselves: then they are not to blame."""
    try:
        compare(seen.kind, seen.document, seen.document, None, dialect)
        if seen.live:
            compare_live(seen.kind, seen.document, seen.live, dialect)
    except Exception:  # noqa: BLE001 - that is the question
        return False
    return True
