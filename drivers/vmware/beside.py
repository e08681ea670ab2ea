"""What lies beside a .vmx file, in one of ours: what VMware's has no room for, or would not keep.

VMware writes a .vmx file anew while its machine runs, from what it read at the start; whatever was put into
it meanwhile is lost (KB 1714). The mark has to change while a machine runs, so it stands in a file that
VMware does not know. OwnFile it: which volumes its disks were said to be, and that we paused it, which no
command tells.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from lxml import etree

from drivers.native import Drive, Machine
from specs.documents.marks import NAMESPACE
from specs.xml import NotXml, parse

SUFFIX = ".virt-reconcile.xml"
_OWNER = f"{{{NAMESPACE}}}owner"


@dataclass(frozen=True, slots=True)
class OwnFile:
    """Our file: `volumes` maps a target to the volume ('pool/name') and the path that it had then."""

    mark: str = ""
    paused: bool = False
    volumes: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The file; '' for one that says nothing."""
        if self == OwnFile():
            return ""
        root = etree.Element("beside")
        if self.mark:
            root.append(parse(self.mark))
        if self.paused:
            etree.SubElement(root, "paused")
        for target, (volume, path) in sorted(self.volumes.items()):
            etree.SubElement(root, "volume", target=target, name=volume, path=path)
        return etree.tostring(root, encoding="unicode", pretty_print=True)

    def dressed(self, machine: Machine) -> Machine:
        """A machine as its file describes it, with what stands here."""
        return replace(machine, mark=self.mark, drives=tuple(map(self._as_volume, machine.drives)))

    def _as_volume(self, drive: Drive) -> Drive:
        volume, path = self.volumes.get(drive.key, ("", ""))
        if not volume or drive.file != path:
            return drive
        pool, _, name = volume.partition("/")
        return replace(drive, type="volume", file=None, pool=pool, volume=name)


def read_beside(text: str) -> OwnFile:
    """What a file says; one that nobody can read says nothing."""
    try:
        root = parse(text, blanks=False) if text else None
    except NotXml:
        root = None
    if root is None:
        return OwnFile()
    owner = root.find(_OWNER)
    mark = "" if owner is None else etree.tostring(owner, encoding="unicode", with_tail=False)
    volumes = {
        each.get("target", ""): (each.get("name", ""), each.get("path", "")) for each in root.iter("volume")
    }
    return OwnFile(mark, root.find("paused") is not None, volumes)
