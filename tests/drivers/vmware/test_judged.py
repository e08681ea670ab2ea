"""libvirt's own reader of .vmx files reads from ours what we meant (more: python -m tests.drivers.vmware)."""

from __future__ import annotations

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from drivers.native import Machine, changes
from drivers.vmware.reading import machine_of
from drivers.vmware.writing import vmx_of
from tests.drivers.vmware.judging import as_libvirt_says, as_we_say, libvirt_reads
from tests.drivers.vmware.machines import FOLDER, MACHINES, completed
from tests.support.vmware import DesktopStandIn


@settings(max_examples=2, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(st.lists(MACHINES, min_size=12, max_size=12))
def test_libvirt_reads_what_we_wrote_as_we_do(desk: DesktopStandIn, machines: list[Machine]) -> None:
    files = {f"m{number}": vmx_of(completed(machine), FOLDER) for number, machine in enumerate(machines)}
    theirs = libvirt_reads(desk, {name: vmx.text for name, vmx in files.items()})
    for name, vmx in files.items():
        found, unknown = as_we_say(theirs[name])
        ours = as_libvirt_says(machine_of(vmx), found)
        assert (unknown, changes(found, ours)) == ((), ())
