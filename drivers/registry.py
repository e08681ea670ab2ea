"""From a connection URI to a driver."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.metadata import entry_points
from types import MappingProxyType
from typing import cast

from drivers.base import Driver
from drivers.errors import Unsupported
from specs.uris import DRIVERS, SCHEMES

LIBVIRT_SCHEMES = frozenset(SCHEMES)

Opener = Callable[..., Driver]


def open_driver(
    uri: str, *, host: str, readonly: bool = False, credentials: Mapping[str, str] = MappingProxyType({})
) -> Driver:
    """A connection to the host of that name: `sim:` and libvirt's schemes are built in, others come
    from entry points of the group `virt_reconcile.drivers`, named after their scheme. `credentials` are
    the answers to what the host asks for at the login (authname, passphrase); an opener is given them
    only when there are any.

    Raises Unreachable when the host does not answer, Unsupported when no driver knows the scheme.
    """
    scheme = uri.partition(":")[0].partition("+")[0]
    login = {"credentials": credentials} if credentials else {}
    return _opener(scheme)(uri, host=host, readonly=readonly, **login)


def _opener(scheme: str) -> Opener:
    if scheme == "sim":
        return cast(Opener, import_module("drivers.simulated").open_driver)
    if scheme in LIBVIRT_SCHEMES:
        return cast(Opener, import_module("drivers.libvirt").open_driver)
    for point in entry_points(group=DRIVERS, name=scheme):
        return cast(Opener, point.load())
    known = ", ".join(sorted({"sim", *LIBVIRT_SCHEMES}))
    raise Unsupported(f"no driver knows the URI scheme '{scheme}'", f"known: {known}")
