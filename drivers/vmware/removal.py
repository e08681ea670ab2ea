"""Taking a machine out: its definition goes, and what was agreed to be lost; disks and UEFI data stay."""

from __future__ import annotations

from drivers.base.errors import Refused
from drivers.native.commands import Commands
from drivers.vmware.beside import SUFFIX
from drivers.vmware.looking import FoundMachine

_REMOVE = r"""
[ ! -e "$1.vmx.lck" ] || exit 17
cd "$(dirname "$1")" || exit 0
stem="$(basename "$1")"
rm -f "$stem.vmx" || exit 1
rm -f "$stem.vmxf" "$stem.vmsd" "${stem}SUFFIX" "$stem"*.vmss "$stem"*.vmsn "$stem"*.vmem vmware*.log
cd .. && rmdir "$(dirname "$1")" 2>/dev/null
exit 0
""".replace("SUFFIX", SUFFIX)


def remove_machine(commands: Commands, machine: FoundMachine) -> None:
    """Removes the files of a machine that are its definition (vmrun deleteVM would delete its disks, too)."""
    said = commands.run(["sh", "-c", _REMOVE, "sh", machine.path.removesuffix(".vmx")])
    if said.status:
        raise Refused(
            f"'{machine.path}' cannot be removed: {said.error or 'it is open in VMware'}", "close it there"
        )
