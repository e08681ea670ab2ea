"""What counts for the fleet as a whole, decided before its parts are planned each by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from reconciler.plan.cap import deletions_over
from reconciler.plan.observed import Observed
from reconciler.plan.shrink import vanished
from reconciler.plan.world import Options, Recorded, World
from specs.desired import Desired, OnDelete
from specs.identity import Address, Kind
from state.records import Record


def shrunk(desired: Desired, recorded: Recorded, options: Options) -> str:
    """Why nothing that the tree lacks may be removed, though that was asked for: so much vanished at once
    that it looks like a tree that is not all there, or more than may be removed at once; '' when it may."""
    leaving = tuple(_leaving(desired, recorded))
    generated = [address for address in leaving if recorded.records[address].policy.generated]
    problem = vanished(leaving, desired, World(Observed(), recorded), options)
    return problem or deletions_over(len(leaving) - len(generated), desired, options)


def _leaving(desired: Desired, recorded: Recorded) -> Iterator[Address]:
    """What is recorded and declared no more, and would be removed where it is asked for."""
    for address, record in recorded.records.items():
        follows = replace(address, host="") in desired.resources  # a domain that has no host in the files
        if address not in desired.resources and not follows and not _stays(address, record):
            yield address


def _stays(address: Address, record: Record) -> bool:
    keeps = address.kind is Kind.VOLUME and record.policy.on_delete is OnDelete.KEEP
    return record.policy.protect or keeps
