"""What is on a host: one object as it is reported, and all of them in one pass."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from specs.desired import PowerState
from specs.identity import Kind

_UUID = re.compile(r"<uuid>\s*([0-9a-fA-F-]{32,36})\s*</uuid>")
"""Of the elements of that name, an object's own comes first."""


@dataclass(frozen=True, slots=True)
class Observation:
    """What a hypervisor reports of one object.

    `name` is the hypervisor's own name for it (`specs.desired.Declared.native`). `document` is the
    persistent document (of a transient object, what would be that); `live` the live document of an active
    domain or network, None otherwise. `power` and `autostart` are None for kinds that have none.
    `has_value` is meant for secrets; None where the driver cannot tell. `saved` is what a stopped domain goes
    on as when it is started, for its memory was saved; '' where that is all that the hypervisor tells, None
    of one that starts as it is defined. `stamp` is the hypervisor's own word for this state of the document:
    while it stays the same, so does the document; '' where it has none.
    """

    kind: Kind
    name: str
    document: str
    live: str | None = None
    power: PowerState | None = None
    autostart: bool | None = None
    persistent: bool = True
    has_value: bool | None = None
    saved: str | None = None
    stamp: str = ""

    @property
    def at_work(self) -> str | None:
        """The document that it runs with, or goes on with; None of what starts as it is defined."""
        return self.saved if self.live is None else self.live

    @property
    def uuid(self) -> str:
        """The object's own UUID, in lower case; '' for a volume, which has none."""
        found = None if self.kind is Kind.VOLUME else _UUID.search(self.document)
        return found[1].lower() if found else ""


@dataclass(frozen=True, slots=True)
class KnownDocument:
    """What is remembered of an object: its document, and the stamp that this had."""

    stamp: str
    document: str


Knowledge = Mapping[tuple[Kind, str], KnownDocument]
"""What is remembered of the objects of a host, by their names."""

NOTHING_KNOWN: Knowledge = MappingProxyType({})

EVERYTHING = "*"
"""In place of a name: all of them."""


@dataclass(frozen=True, slots=True)
class Inventory:
    """One observation pass over a host.

    `version` names the hypervisor and its libvirt ('libvirt 9.0.0, QEMU 7.2.22'): while it stays the
    same, an undeclared value that changed was changed by somebody. `failures` are objects that exist
    and could not be read (name → message): never to be taken for absent; `EVERYTHING` where that is all of a
    kind, 'POOL/*' where it is all volumes of a pool. `identity` tells this machine's hypervisor from every
    other, whatever name or URI it is reached by; '' where it cannot tell. Of it, `drivers.base.machine` says
    what outlives a restart.
    """

    host: str
    version: str
    objects: Mapping[tuple[Kind, str], Observation]
    failures: Mapping[tuple[Kind, str], str] = field(default_factory=dict)
    identity: str = ""

    def of_kind(self, kind: Kind) -> Iterator[tuple[str, Observation]]:
        """The objects of a kind, by their names."""
        return ((name, seen) for (each, name), seen in self.objects.items() if each is kind)
