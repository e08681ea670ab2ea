"""The capability matrix: what each family of hypervisors can do, as data; one file for each family.

A row (`model.Hypervisor`) is what is known of a family offline. It is the one declaration for what `validate`
and `plan` say of a tree before any host is asked, for what `hosts` shows, for the table in docs/drivers.md,
and for what a driver answers:

    by_uri("vbox+ssh://hv1/")          the row of a host's URI
    by_family("vbox")                  the row of what a host says it is (`Capabilities.family`)
    specs.checks.fitting.misfits(row, Kind.DOMAIN, document, host)
                                       what of a document does not fit: path, field, and why in words

A family of libvirt's lists what it `lacks`, for libvirt has a document for everything and refuses the rest
by itself. A native family has only what its driver writes, and lists all of that in `allows`: schema paths
(those that fields have in specs/models) with the values that may stand there (see `allowing.AllowList`). What
is not listed is refused offline, and by the driver at define in the same words
(`drivers.base.fitting.refuse_misfits`), so that nothing is dropped silently. Sizes and names have `bounds`.

To add a family: a file here with its row, and its name in ROWS. A package with a driver of its own brings its
row as an entry point of the group `virt_reconcile.hypervisors`, named after the URI's scheme.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from specs.matrix.bhyve import BHYVE
from specs.matrix.hmc import HMC
from specs.matrix.hyperv import HYPERV
from specs.matrix.lxc import LXC
from specs.matrix.model import Hypervisor
from specs.matrix.others import OTHERS
from specs.matrix.qemu import QEMU
from specs.matrix.session import QEMU_SESSION
from specs.matrix.sim import SIM
from specs.matrix.test import TEST
from specs.matrix.vbox import VBOX
from specs.matrix.vmx import VMX
from specs.matrix.vsphere import VSPHERE
from specs.matrix.vz import VZ
from specs.matrix.xen import XEN

ROWS: tuple[Hypervisor, ...] = (
    QEMU,
    SIM,
    LXC,
    XEN,
    TEST,
    BHYVE,
    VZ,
    VBOX,
    VSPHERE,
    HYPERV,
    HMC,
    VMX,
    *OTHERS,
)
"""All families that are built in."""

HYPERVISORS = "virt_reconcile.hypervisors"
"""The group of entry points under which rows of other drivers are found."""

_BY_SCHEME: Mapping[str, Hypervisor] = {scheme: row for row in ROWS for scheme in row.schemes}
_BY_FAMILY: Mapping[str, Hypervisor] = {row.family: row for row in ROWS}


def scheme_in(uri: str) -> str:
    """The scheme of a URI, without its transport."""
    return uri.partition(":")[0].partition("+")[0]


def by_uri(uri: str) -> Hypervisor:
    """The row of the hypervisor behind a URI; a user's session can do less than the system's daemon."""
    row = by_scheme(scheme_in(uri))
    return QEMU_SESSION if row is QEMU and is_session(uri) else row


def is_session(uri: str) -> bool:
    """Whether a URI means a user's own libvirt."""
    return uri.partition("?")[0].endswith("/session")


@cache
def by_scheme(scheme: str) -> Hypervisor:
    """The row of a URI's scheme; one that claims nothing and forbids nothing where nobody knows it."""
    return (
        _BY_SCHEME.get(scheme)
        or _brought_along(scheme)
        or Hypervisor(scheme, scheme, (scheme,), seeds=frozenset({"cloudInit", "configDrive"}))
    )


def by_family(family: str) -> Hypervisor:
    """The row of a family, as hosts call themselves; by its scheme where that is all that is known."""
    return _BY_FAMILY.get(family) or by_scheme(family)


def _brought_along(scheme: str) -> Hypervisor | None:
    """The row that a driver's package brings along."""
    from importlib.metadata import entry_points

    for point in entry_points(group=HYPERVISORS, name=scheme):
        row = point.load()
        if isinstance(row, Hypervisor):
            return row
    return None
