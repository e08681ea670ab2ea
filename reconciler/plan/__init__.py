"""From what should be, what is and what was done to what will be done: a pure pipeline of values."""

from reconciler.plan.converged import unconverged
from reconciler.plan.model import Plan
from reconciler.plan.plan import make_plan
from reconciler.plan.select import Selector
from reconciler.plan.world import Options, World

__all__ = ["Options", "Plan", "Selector", "World", "make_plan", "unconverged"]
