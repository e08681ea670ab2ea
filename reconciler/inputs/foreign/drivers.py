"""Files whose form a driver knows, because its hypervisor keeps its machines in them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reconciler.inputs.foreign.read import Read, names_of

_OWN = re.compile(
    r"\.encoding|config\.version|virtualhw\.productcompatibility|.*pcislotnumber|.*pcibridge.*|pcibridge.*"
    r"|uuid\.(?:location|bios|action)|vmci0\..*|extendedconfigfile|nvram|.*\.generatedaddress(?:offset)?"
    r"|sched\.swap\..*|vmx\..*|migrate\..*|checkpoint\..*|cleanshutdown|softpoweroff|tools\.remindinstall"
    r"|powertype\..*|replay\..*|monitor\..*|toolscripts?.*|tools\.upgrade\.policy"
)
"""What VMware writes for itself: no choice of anybody's is lost with it."""


class _Asked(dict[str, tuple[int, str]]):
    """Entries that remember who was asked for."""

    def __init__(self, entries: dict[str, tuple[int, str]]) -> None:
        super().__init__(entries)
        self.asked: set[str] = set()

    def get(self, key: str, default: object = None) -> tuple[int, str] | None:  # type: ignore[override]
        self.asked.add(key)
        return super().get(key)

    def unasked(self) -> Iterator[str]:
        """The keys that nobody asked for."""
        return (key for key, (_, value) in self.items() if value and key not in self.asked)


def read_vmx_file(text: str) -> Read:
    """A machine of VMware Workstation, Player, Fusion or ESX. Raises NotVmx."""
    from drivers.native import machine_document
    from drivers.vmware.reading.machine import machine_of, on_the_desk
    from drivers.vmware.text import VmxFile, parse_vmx

    vmx = parse_vmx(text)
    entries = _Asked(dict(vmx.entries))
    found = machine_of(VmxFile(vmx.lines, entries), "", "")
    machine = on_the_desk(found)
    elsewhere = [
        f"ethernet{number}.networkName"
        for number, (one, other) in enumerate(zip(found.nics, machine.nics, strict=True))
        if not one.target and (one.bridge or "").lower() != (other.bridge or "")
    ]
    left = (key for key in entries.unasked() if not _OWN.fullmatch(key))
    return Read((machine_document(machine),), names_of([*left, *elsewhere]))


def read_vbox_file(text: str) -> Read:
    """A machine of VirtualBox. Raises NotXml, and ValueError where the file is none."""
    from drivers.native import machine_document
    from drivers.vbox.reading import read_settings
    from drivers.vbox.unread import unread

    settings = read_settings(text)
    extra = (key for key in settings.extra if not key.startswith(("GUI/", "virt-reconcile")))
    return Read((machine_document(settings.machine),), names_of([*unread(text), *extra]))


def read_xl_file(text: str) -> Read:
    """A guest of xl's. Raises NotXenConfiguration."""
    from drivers.xen.reading import read_xl, unread

    return Read((read_xl(text),), names_of(unread(text)))
