"""What a guest moves by itself: as long as the files say the same of it, it is no business of theirs."""

from __future__ import annotations

from specs.documents.tree import Node


def keep_offset(declared: Node, was_declared: Node, read_back: Node, observed: Node) -> None:
    """Lets a clock that the guest has set count as it was when we set it. A hypervisor that keeps how far it
    is from its basis writes that as the adjustment of a variable clock, whatever it was before
    (qemuProcessHandleRTCChange, xend's rtc_timeoffset); one that is set anew at each boot is not to move."""
    ours, before, known, found = (
        root.first("clock") for root in (declared, was_declared, read_back, observed)
    )
    if known is None or found is None or found.attrs.get("offset") != "variable":
        return
    if _said(ours) != _said(before) or _is_reset(known) or _basis(known) != _basis(found):
        return
    for name in ("offset", "adjustment", "basis"):
        found.attrs.pop(name, None)
        if name in known.attrs:
            found.attrs[name] = known.attrs[name]


def _said(clock: Node | None) -> dict[str, str]:
    return clock.attrs if clock is not None else {}


def _is_reset(clock: Node) -> bool:
    return clock.source.get("adjustment") == "reset"


def _basis(clock: Node) -> str:
    """What the clock is counted from; an offset of another kind is its own."""
    offset = clock.attrs.get("offset", "utc")
    return clock.attrs.get("basis", "utc") if offset == "variable" else offset
