"""A plan that nobody executes, of a tree that is not the command's own."""

from __future__ import annotations

from reconciler.cli.common import Common
from reconciler.engine import round as rounds
from reconciler.engine.hosts import connect
from reconciler.plan import Options, Plan
from specs.desired import Desired


def foreseen(common: Common, desired: Desired, options: Options) -> Plan:
    """A plan through connections of its own that cannot write."""
    hosts = connect(desired.hosts, desired.root, readonly=True, guard=desired.guard)
    try:
        with common.store(desired, readonly=True) as store:
            return rounds.plan(desired, hosts, store, options).plan
    finally:
        hosts.close()
