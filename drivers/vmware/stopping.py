"""Stopping a machine: softly within its deadline, by force where that is allowed."""

from __future__ import annotations

import threading
import time

from drivers.base.errors import DriverError, Refused, Transient
from drivers.vmware.vmrun import Vmrun
from specs.desired import StopPolicy

_BETWEEN = 0.5
"""Seconds between two looks at what runs."""


def stop_machine(vmrun: Vmrun, vmx: str, name: str, policy: StopPolicy, closed: threading.Event) -> None:
    """Both methods are one here: vmrun asks the guest by VMware Tools, or by ACPI where it has none."""
    why = ""
    if policy.methods:
        why = _soft(vmrun, vmx, policy.deadline, closed)
    if vmx not in vmrun.running():
        return
    if not policy.force:
        raise Refused(
            f"the guest '{name}' did not shut down within {policy.deadline:g} s{why and f' ({why})'}",
            "it runs on; allow force, or a longer deadline, in its stop policy",
        )
    try:
        vmrun.stop(vmx, "hard")
    except DriverError:
        if vmx in vmrun.running():
            raise


def _soft(vmrun: Vmrun, vmx: str, deadline: float, closed: threading.Event) -> str:
    """Asks, and waits; why the guest was not even asked, '' where it was."""
    until = time.monotonic() + deadline
    try:
        vmrun.stop(vmx, "soft", patience=max(deadline, 1.0))
    except Transient:
        pass
    except Refused as error:
        return error.message
    while vmx in vmrun.running() and time.monotonic() < until and not closed.wait(_BETWEEN):
        pass
    return ""
