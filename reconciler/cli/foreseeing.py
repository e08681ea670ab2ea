"""A plan that nobody executes, of a tree that is not the command's own."""

from __future__ import annotations

from dataclasses import replace

from reconciler.cli.common import Common
from reconciler.controller.trees import Tree
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


_NEW = "the commit adds it, or changes how it is reached; it is asked once that is in force"


def foreseen_unapproved(common: Common, tree: Tree, in_force: Tree) -> Plan:
    """A plan of what nobody has approved yet, who may not have approved it for a reason: only hosts that are
    in force as they are there are asked, no secret is read and no program run for it."""
    known, desired = in_force.desired, tree.desired
    asked = {
        name: known.hosts[name]
        for name, host in desired.hosts.items()
        if name in known.hosts and replace(host, origin=known.hosts[name].origin) == known.hosts[name]
    }
    hosts = connect(asked, known.root, readonly=True, guard=known.guard)
    hosts.unreachable = {**hosts.unreachable, **dict.fromkeys(desired.hosts.keys() - asked.keys(), _NEW)}
    unbelieved = replace(desired, guard=replace(desired.guard, untrusted=True))
    try:
        with common.store(known, readonly=True) as store:
            return rounds.plan(unbelieved, hosts, store, tree.options).plan
    finally:
        hosts.close()
