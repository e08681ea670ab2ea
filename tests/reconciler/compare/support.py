"""Short ways to compare documents in tests."""

from __future__ import annotations

from drivers.dialects import Dialect, dialect
from reconciler.compare import Base, Comparison, compare, compare_live
from reconciler.compare.model import Cause, LiveComparison
from specs.identity import Kind

QEMU = dialect("qemu", {"x86_64/pc": "pc-i440fx-7.2", "x86_64/q35": "pc-q35-7.2"})


def domain(config: str = "", devices: str = "", *, memory: str = "<memory unit='MiB'>512</memory>") -> str:
    """A small domain with more configuration and devices in it."""
    return (
        f"<domain type='kvm'><name>web</name>{memory}<vcpu>2</vcpu>"
        f"<os><type machine='pc'>hvm</type></os>{config}<devices>{devices}</devices></domain>"
    )


def disk(target: str, path: str, more: str = "") -> str:
    """A disk of a file."""
    return (
        f"<disk type='file' device='disk'><source file='{path}'/>"
        f"<target dev='{target}' bus='virtio'/>{more}</disk>"
    )


def nic(network: str, mac: str = "", more: str = "") -> str:
    """An interface on a network, with a MAC where one is given."""
    address = f"<mac address='{mac}'/>" if mac else ""
    return f"<interface type='network'>{address}<source network='{network}'/>{more}</interface>"


def judged(declared: str, observed: str, record: Base | None = None, kind: Kind = Kind.DOMAIN) -> Comparison:
    """The comparison by QEMU's dialect."""
    return compare(kind, declared, observed, record, QEMU)


def live(persistent: str, active: str, kind: Kind = Kind.DOMAIN) -> LiveComparison:
    """What the active object lacks, by QEMU's dialect."""
    return compare_live(kind, persistent, active, QEMU)


def facts(found: Comparison) -> list[tuple[str, str | None, str | None, Cause]]:
    """The differences without their effects."""
    return [(d.path, d.declared, d.observed, d.cause) for d in found.differences]


def paths(found: Comparison) -> list[str]:
    """Where the differences are."""
    return [difference.path for difference in found.differences]


def spoken(family: str) -> Dialect:
    """The dialect of a family of hypervisors, on a machine of no particular kind."""
    return dialect(family)


def assert_spelling(kind: Kind, given: str, kept: str, other: str) -> None:
    """Two spellings are equal both ways round; the third document means another thing than either."""
    assert judged(given, kept, None, kind).differences == ()
    assert judged(kept, given, None, kind).differences == ()
    assert judged(given, other, None, kind).differences + judged(other, kept, None, kind).differences
