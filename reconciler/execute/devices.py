"""A device as its domain's definition now has it."""

from __future__ import annotations

from drivers.base import Host
from reconciler.operations import Attach
from reconciler.plan.model import Action
from specs.documents.identities import LIBVIRT
from specs.documents.plugging import plugged_as_defined


def as_defined(driver: Host, action: Action, attach: Attach) -> str:
    """The device to plug in, with the address that the definition gave it; as planned where there is none."""
    seen = driver.observe.one(action.address.kind, action.native)
    if seen is None:
        return attach.document
    return plugged_as_defined(attach.document, seen.document, seen.live or "", LIBVIRT)
