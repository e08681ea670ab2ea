"""A guest that runs is edited: what libvirt can change in place is, and its QEMU stays what it was."""

from __future__ import annotations

from specs.identity import Kind
from tests.versions.documents import Document
from tests.versions.host import VersionHost
from tests.versions.measures import Column
from tests.versions.running import processes, start, stop
from tests.versions.tree import Tree

_NAME = "edited"
_GUEST = """<domain type='qemu'><name>edited</name>{outside}<memory unit='MiB'>64</memory>
<vcpu>2</vcpu>{tune}<os><type arch='x86_64' machine='pc'>hvm</type></os>
<features><acpi/></features><devices>
<disk type='file' device='cdrom'>{medium}<target dev='sda' bus='sata'/><readonly/></disk>
<controller type='sata'/><controller type='scsi' model='virtio-scsi'/>
<controller type='virtio-serial'/>
<interface type='user'><mac address='52:54:00:11:22:33'/><model type='virtio'/>{link}</interface>
{devices}</devices></domain>"""
_PARTS = ("outside", "tune", "medium", "link", "devices")
_EDITS = {
    "title": ("outside", "<title>a title</title>"),
    "description": ("outside", "<description>words</description>"),
    "shares of the CPU": ("tune", "<cputune><shares>512</shares></cputune>"),
    "limit of memory": ("tune", "<memtune><soft_limit unit='MiB'>32</soft_limit></memtune>"),
    "a medium": ("medium", "<source file='{folder}/medium.iso'/>"),
    "a link that is down": ("link", "<link state='down'/>"),
    "a disk": (
        "devices",
        "<disk type='file'><driver name='qemu' type='raw'/><source file='{folder}/disk.img'/>"
        "<target dev='vda' bus='virtio'/></disk>",
    ),
    "a SCSI disk": (
        "devices",
        "<disk type='file'><driver name='qemu' type='raw'/><source file='{folder}/scsi.img'/>"
        "<target dev='sdb' bus='scsi'/></disk>",
    ),
    "a NIC": ("devices", "<interface type='user'><mac address='52:54:00:11:22:44'/></interface>"),
    "randomness": ("devices", "<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>"),
    "a channel": ("devices", "<channel type='unix'><target type='virtio' name='org.example.0'/></channel>"),
    "a USB tablet": ("devices", "<input type='tablet' bus='usb'/>"),
}
"""What is edited → where it stands, and what comes there."""


def edited(host: VersionHost, tree: Tree) -> Column:
    """Of the edits those after which nothing waits, while the guest is the process that it was. The tree has
    this one guest then."""
    for name in ("medium.iso", "disk.img", "scsi.img"):
        (host.images / name).write_bytes(b"\0" * 1_048_576)
    found = Column(len(_EDITS))
    for what, (part, text) in _EDITS.items():
        told = _edit(host, tree, part, text.format(folder=host.images))
        if told:
            found.wrong[what] = told
    return found


def _edit(host: VersionHost, tree: Tree, part: str, text: str) -> str:
    """What is wrong after one edit of a guest that was started."""
    _declare(tree, {})
    tree.apply()
    start(host, [_NAME])
    try:
        before = processes(host, [_NAME])
        _declare(tree, {part: text})
        address = f"Domain/{_NAME}"
        if failed := tree.apply().get(address):
            return failed
        left = tree.plan()[address]
        if left["pending"] or left["differences"]:
            return f"waits: {[each['path'] for each in (*left['differences'], *left['pending'])]}"
        return "" if processes(host, [_NAME]) == before else "another process"
    finally:
        stop(host, [_NAME])


def _declare(tree: Tree, parts: dict[str, str]) -> None:
    text = _GUEST.format(**{**dict.fromkeys(_PARTS, ""), **parts})
    tree.declare([Document(Kind.DOMAIN, _NAME, text)])
