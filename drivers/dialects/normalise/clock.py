"""The guest's clock: which spellings of it mean the same, and to which hypervisor."""

from __future__ import annotations

from drivers.dialects.model import Platform
from specs.documents.tree import Node

_PLAIN = ("utc", "localtime")


def normalise_clock(root: Node) -> None:
    """An adjusted clock is a variable one, and a variable one is never set anew (virDomainDefClockParse)."""
    for clock in root.all("clock"):
        offset, adjustment = _offset(clock), clock.attrs.get("adjustment", "")
        if offset in _PLAIN and adjustment and adjustment != "reset":
            clock.attrs["offset"], clock.attrs["basis"] = "variable", offset
            offset = "variable"
        if offset == "variable":
            clock.attrs.setdefault("basis", "utc")
            if adjustment in ("", "reset"):
                clock.attrs["adjustment"] = "0"
        for timer in clock.all("timer"):
            for catchup in timer.all("catchup"):
                if not catchup.attrs:
                    timer.drop(lambda child: child.tag == "catchup")


def reset_is_usual(root: Node, _: Platform) -> None:
    """Of Xen: a paravirtualised guest has no clock of its own that could be moved, so that one which is set
    anew at each boot is what any other is there (libxlMakeDomBuildInfo, xenParsePVOS)."""
    if _is_hvm(root):
        return
    for clock in root.all("clock"):
        if clock.attrs.get("adjustment") == "reset" and _offset(clock) in _PLAIN:
            del clock.attrs["adjustment"]


def all_are_variable(root: Node, _: Platform) -> None:
    """Of xm and xend: they keep how far the clock of an HVM guest is from its basis, and nothing else
    (xenParseHypervisorFeatures, xenFormatHypervisorFeatures)."""
    for clock in root.all("clock") if _is_hvm(root) else ():
        offset = _offset(clock)
        if offset in _PLAIN and "adjustment" not in clock.attrs:
            clock.attrs.update(offset="variable", basis=offset, adjustment="0")


def _offset(clock: Node) -> str:
    return clock.attrs.get("offset", "utc")


def _is_hvm(root: Node) -> bool:
    return any(os.value("type") == "hvm" for os in root.all("os"))
