"""From a connection URI to its endpoint, and to a host."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.metadata import entry_points
from types import MappingProxyType
from typing import cast

from drivers.base.errors import Unsupported
from drivers.base.host import Endpoint, Host
from specs.uris import DRIVERS, SCHEMES

LIBVIRT_SCHEMES = frozenset(SCHEMES)

Opener = Callable[..., Endpoint]
"""`opener(uri, readonly=…)`, with `credentials=…` when there are any."""

_BUILT_IN = {
    "sim": "drivers.simulated",
    "hmc": "drivers.hmc",
    "vmware": "drivers.vmware",
    "hyperv": "drivers.hyperv",
    "vsphere": "drivers.vsphere",
    "vbox": "drivers.vbox",
    **dict.fromkeys(LIBVIRT_SCHEMES, "drivers.libvirt"),
}
"""Scheme → the package that has `open_endpoint`: found without anything being installed."""


def open_endpoint(
    uri: str, *, readonly: bool = False, credentials: Mapping[str, str] = MappingProxyType({})
) -> Endpoint:
    """What a URI leads to: `sim:` and libvirt's schemes are built in, others come from entry points of the
    group `virt_reconcile.drivers`, named after their scheme. `credentials` are the answers to what the host
    asks for at the login (authname, passphrase); an opener is given them only when there are any.

    Raises Unreachable when nothing answers, Unsupported when no driver knows the scheme.
    """
    scheme = uri.partition(":")[0].partition("+")[0]
    login = {"credentials": credentials} if credentials else {}
    return _opener(scheme)(uri, readonly=readonly, **login)


def open_host(
    uri: str, *, host: str, readonly: bool = False, credentials: Mapping[str, str] = MappingProxyType({})
) -> Host:
    """The host that a URI means, over an endpoint of its own; `host` is what the fleet calls it. Raises
    what `open_endpoint` raises."""
    return open_endpoint(uri, readonly=readonly, credentials=credentials).host(host)


def libvirt_version() -> str:
    """The version of libvirt's library on this machine; '' where its binding is not installed."""
    try:
        return str(import_module("drivers.libvirt.library").library_version())
    except ImportError:
        return ""


def _opener(scheme: str) -> Opener:
    if scheme in _BUILT_IN:
        return cast(Opener, import_module(_BUILT_IN[scheme]).open_endpoint)
    for point in entry_points(group=DRIVERS, name=scheme):
        return cast(Opener, point.load())
    known = ", ".join(sorted(_BUILT_IN))
    raise Unsupported(f"no driver knows the URI scheme '{scheme}'", f"known: {known}")
