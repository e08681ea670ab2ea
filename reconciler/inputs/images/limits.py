"""How far the getting of images may go, whatever a tree or a server says."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase

from specs.guard.guard import ImageRules
from specs.units import format_size

GIB = 2**30
_SLACK = 64 * 2**20
FORMATS = frozenset({"raw", "qcow2", "vmdk", "vdi", "vhdx", "vpc"})
"""What can be told for certain to refer to no other file (reconciler.inputs.images.inspect)."""


@dataclass(frozen=True, slots=True)
class Limits:
    """`largest` is in bytes, of a file as it is published and of what is unpacked from it. `longest` is how
    many seconds one download may take in all, `slowest` the bytes a second that it must reach. Redirects lead
    to addresses of private networks only if `private`, or if the URL itself does. `hosts` are the patterns
    (`*.debian.org`) of the servers that images may come from; None is any. `formats` are what images may
    be. `folders` are where files of images may be, besides the tree."""

    largest: int = 64 * GIB
    longest: float = 6 * 3600.0
    slowest: int = 4096
    redirects: int = 5
    private: bool = False
    hosts: tuple[str, ...] | None = None
    formats: frozenset[str] = FORMATS
    folders: tuple[str, ...] = ()

    def allows_host(self, name: str) -> bool:
        """Whether images may come from a server of that name."""
        given = name.lower().rstrip(".")
        return self.hosts is None or any(fnmatchcase(given, pattern.lower()) for pattern in self.hosts)

    def most(self, capacity: int) -> Bound:
        """How many bytes are taken for a volume of that capacity (0: it says none). What describes the
        content of an image comes on top of that."""
        if not capacity:
            return Bound(self.largest, f"the limit is {format_size(self.largest)}")
        room = capacity + capacity // 8 + _SLACK
        if room >= self.largest:
            return Bound(self.largest, f"the limit is {format_size(self.largest)}")
        return Bound(room, f"the volume has a capacity of {format_size(capacity)}")


USUAL = Limits()
"""What holds where nobody says otherwise."""


def limits_of(rules: ImageRules) -> Limits:
    """What the controller's policy lets images be; where it says nothing, the usual holds."""
    return Limits(
        largest=rules.max_size or USUAL.largest,
        slowest=rules.least_speed or USUAL.slowest,
        private=rules.private_addresses,
        hosts=rules.hosts,
        folders=rules.folders,
    )


@dataclass(frozen=True, slots=True)
class Bound:
    """A number of bytes, and where it comes from in words."""

    size: int
    why: str
