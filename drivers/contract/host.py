"""A host that the suite runs against: how it is reached, its documents, and what it can do."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from drivers.contract.complete import CompleteHost
from drivers.contract.features import Feature
from drivers.contract.seen import Seen
from drivers.contract.specimens import Specimens

Connect = Callable[..., CompleteHost]
"""`connect(readonly=False)` opens one more connection to the host, `connect(neighbour=True)` one to a host
that domains can move to."""


@dataclass(frozen=True, slots=True)
class Samples:
    """Documents of a host's family; each names its object 'contract…', gives no UUID, and takes nothing
    from the others unless it says so.

    `domain` is the smallest that starts. `plugged` is a domain with the same name and the network's NIC
    and a free PCI slot, started once `network` is. Devices are as `attach_device` takes them. `talker` is
    `plugged` with an agent and a console that says something and takes input. The pool's
    folder is `{folder}`, a folder of the test's own. `kept` is a domain with one disk, of which snapshots can
    be taken: `kept_volume`, which is called 'kept' and whatever ending it needs, in the pool.
    """

    domain: str = ""
    plugged: str = ""
    network: str = ""
    network_host: str = "<host mac='52:54:00:c0:00:01' name='first' ip='192.168.213.9'/>"
    pool: str = ""
    volume: str = ""
    secret: str = ""
    filter: str = ""
    disk: str = ""
    nic: str = ""
    cold_device: str = ""
    talker: str = ""
    stateful: str = ""
    kept: str = ""
    kept_volume: str = ""
    formatted: str = ""


@dataclass(frozen=True, slots=True)
class ContractHost:
    """One host that the suite runs against. `ready` prepares it in a temporary folder, and gives what opens
    connections to it until the test is over."""

    name: str
    ready: Callable[[Path], AbstractContextManager[Connect]]
    samples: Samples
    features: frozenset[Feature]
    marks: tuple[pytest.MarkDecorator, ...] = field(default=())
    seen: Seen = Seen.DOCUMENTS
    """What of the hypervisor it is that is tried here; who says nothing claims least."""
    specimens: Specimens = field(default_factory=Specimens)
    """What the command line declares of it, for SETTLE, EDIT and LIVE_EDIT."""
    has_state: Callable[[Path, str], bool] = lambda _folder, _name: False
    """Whether there is something that a guest of that name wrote into its firmware."""
    snapshot: Callable[[Path, str], object] = lambda _folder, _name: None
    """Takes a snapshot, called '1', of a guest of that name."""
    hears_after: float = 0.0
    """Seconds after its start from which on the guest is sure to hear that it shall stop: a signal to a first
    process that has not said yet what it does with signals is lost."""
