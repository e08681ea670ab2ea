"""What a row of the matrix says of a family of hypervisors."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from specs.identity import MANAGED_KINDS, Kind
from specs.matrix.allowing import AllowList


class Facet(StrEnum):
    """A part of what can be done with a host; every host can at least be observed."""

    WATCH = "watch"
    LIFECYCLE = "lifecycle"
    LIVE = "live"
    STORAGE = "storage"
    GUEST = "guest"
    MOVE = "move"
    SNAPSHOTS = "snapshots"
    LOGS = "logs"


_WORDS: Mapping[Facet, str] = {
    Facet.WATCH: "tell of changes as they happen",
    Facet.LIFECYCLE: "define, start, stop or remove anything",
    Facet.LIVE: "change what runs",
    Facet.STORAGE: "fill, read, copy or grow volumes",
    Facet.GUEST: "ask running guests for their addresses, agents and consoles",
    Facet.MOVE: "move domains to other hosts",
    Facet.SNAPSHOTS: "take snapshots of guests by virt-reconcile, or revert to them",
    Facet.LOGS: "let logs of guests be read from here",
}


def cannot(subject: str, facet: Facet) -> str:
    """What to say where a facet is lacking: 'hv1 (VirtualBox) cannot move domains to other hosts'."""
    return f"{subject} cannot {_WORDS[facet]}"


class Ability(StrEnum):
    """One thing that can be done with a host, besides changing what runs; the value says it in words."""

    EVENTS = "tell of changes as they happen"
    DEFINE = "define"
    START = "start and stop"
    PAUSE = "pause"
    RENAME = "rename"
    AUTOSTART = "start a guest with its host"
    MARK = "keep the mark in the document"
    FILL = "fill volumes"
    READ = "read volumes"
    COPY = "copy volumes"
    GROW = "grow volumes"
    ADDRESSES = "tell a guest's addresses"
    AGENT = "ask a guest's agent"
    CONSOLE = "console"
    MOVE_LIVE = "move while it runs"
    MOVE_STOPPED = "move while it is stopped"
    SNAPSHOT = "take snapshots and revert"
    LOGS = "read logs of guests"

    @property
    def facet(self) -> Facet:
        """The facet that does it."""
        return _FACET_OF.get(self, Facet.LIFECYCLE)


_FACET_OF: Mapping[Ability, Facet] = {
    Ability.EVENTS: Facet.WATCH,
    **dict.fromkeys((Ability.FILL, Ability.READ, Ability.COPY, Ability.GROW), Facet.STORAGE),
    **dict.fromkeys((Ability.ADDRESSES, Ability.AGENT, Ability.CONSOLE), Facet.GUEST),
    **dict.fromkeys((Ability.MOVE_LIVE, Ability.MOVE_STOPPED), Facet.MOVE),
    Ability.SNAPSHOT: Facet.SNAPSHOTS,
    Ability.LOGS: Facet.LOGS,
}


class WhileRunning(StrEnum):
    """What can be changed of what runs. `drivers/dialects/effects.py` says it field by field; a test holds
    the two together."""

    MEMORY = "memory"
    VCPUS = "vCPUs"
    DISKS = "disks in and out"
    INTERFACES = "NICs in and out"
    MEDIA = "CDs"
    LINKS = "a NIC's network and link"
    SHARES = "CPU shares"
    TEXTS = "title and description"
    NETWORKS = "entries of networks"


@dataclass(frozen=True, slots=True)
class Span:
    """Which numbers are allowed; `most` 0 is no upper limit."""

    least: int = 0
    most: int = 0
    step: int = 1

    def holds(self, number: int) -> bool:
        """Whether a number is one of them."""
        return self.least <= number and (not self.most or number <= self.most) and number % self.step == 0


@dataclass(frozen=True, slots=True)
class NameRule:
    """How something may be called: a pattern, the same in words, and how many characters."""

    pattern: re.Pattern[str] = re.compile(r"[\s\S]+")
    words: str = ""
    longest: int = 0

    def holds(self, name: str) -> bool:
        """Whether it may be called so."""
        return bool(self.pattern.fullmatch(name)) and not (self.longest and len(name) > self.longest)


@dataclass(frozen=True, slots=True)
class Bounds:
    """Sizes and names: memory in KiB, volumes in bytes."""

    memory: Span = Span()
    vcpus: Span = Span()
    capacity: Span = Span()
    names: Mapping[Kind, NameRule] = field(default_factory=lambda: MappingProxyType({}))


Release = tuple[int, int, int]
"""Of libvirt: major, minor and micro."""


@dataclass(frozen=True, slots=True)
class Lack:
    """What of a document a hypervisor cannot do (an XPath that lxml's `find` knows), and why where that is
    not plain; `until` is the release of libvirt that can (nobody knows offline, so it is said online)."""

    path: str
    why: str = ""
    until: Release | None = None


@dataclass(frozen=True, slots=True)
class Usual:
    """What a domain is where its files do not say: its type, the bus of its disks and the model of its NICs
    ('' where the hypervisor decides); and whether it has a serial port, USB and ACPI, as QEMU's guests do."""

    type: str = ""
    bus: str = ""
    nic: str = ""
    emulated: bool = False


EVERYTHING = frozenset(Ability)
ALL_KINDS = frozenset(MANAGED_KINDS)


@dataclass(frozen=True, slots=True)
class Hypervisor:
    """One row: all that is known offline of a family of hypervisors, in a release where that matters.

    `family` is what `Capabilities.family` says; a tree knows a family by its `schemes`. `types` are of
    domains. Of documents, a family of libvirt's says what it `lacks`, and what it `allows` where that is less
    than all (libvirt knows its own documents, and refuses the rest); a native one says all that it `allows`:
    what is not on that closed list is refused, so that nothing is dropped without a word. `seeds` are the
    fields by which a domain is given a seed, `images` the formats of disks that it runs from, the best first.
    `proven` tells how all this was seen; '' where nobody has.
    """

    family: str
    title: str
    schemes: tuple[str, ...]
    types: tuple[str, ...] = ()
    kinds: frozenset[Kind] = ALL_KINDS
    can: frozenset[Ability] = EVERYTHING
    live: frozenset[WhileRunning] = frozenset()
    lacks: Mapping[Kind, tuple[Lack, ...]] = field(default_factory=lambda: MappingProxyType({}))
    allows: Mapping[Kind, AllowList] = field(default_factory=lambda: MappingProxyType({}))
    bounds: Bounds = Bounds()
    seeds: frozenset[str] = frozenset()
    images: tuple[str, ...] = ()
    usual: Usual = Usual()
    proven: str = ""

    @property
    def facets(self) -> frozenset[Facet]:
        """The facets that can do anything at all."""
        return frozenset({*(each.facet for each in self.can), *([Facet.LIVE] if self.live else [])})


def lacks(*paths: str | Lack) -> tuple[Lack, ...]:
    """What is lacking, most of it by its path alone."""
    return tuple(path if isinstance(path, Lack) else Lack(path) for path in paths)


OF_CONTAINERS = lacks(
    "features/capabilities",
    "idmap",
    "os/init",
    "devices/filesystem[@type='ram']",
    "{http://libvirt.org/schemas/domain/lxc/1.0}namespace",
)
"""What only containers have (drvlxc.html)."""
