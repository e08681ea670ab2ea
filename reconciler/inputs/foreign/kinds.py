"""What kinds of files are read, by their names' ends and by what they begin with."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import PurePath
from typing import cast

from reconciler.inputs.foreign.read import Read, Unreadable

Reader = Callable[[str], Read]


@dataclass(frozen=True, slots=True)
class FileKind:
    """One kind: its title, the ends of its files' names, what such a text holds, where its reader is, and the
    URI of a host that it is usual on ('' where the document says it)."""

    title: str
    ends: tuple[str, ...]
    holds: re.Pattern[str]
    reader: str
    uri: str

    def read(self, text: str) -> Read:
        """Reads a text; the reader is loaded now."""
        module, _, name = self.reader.partition(":")
        return cast(Reader, getattr(import_module(module), name))(text)


_HERE = "reconciler.inputs.foreign"
KINDS = (
    FileKind(
        "VMware's .vmx",
        (".vmx",),
        re.compile(r"^\s*config\.version\s*=", re.MULTILINE | re.IGNORECASE),
        f"{_HERE}.drivers:read_vmx_file",
        "vmware:///",
    ),
    FileKind(
        "VirtualBox's .vbox",
        (".vbox", ".vbox-prev"),
        re.compile(r"<VirtualBox\b"),
        f"{_HERE}.drivers:read_vbox_file",
        "vbox:///",
    ),
    FileKind(
        "OVF",
        (".ovf", ".ova"),
        re.compile(r"<(?:\w+:)?Envelope\b"),
        f"{_HERE}.ovf:read_ovf",
        "qemu:///system",
    ),
    FileKind(
        "libvirt XML",
        (".xml",),
        re.compile(
            r"\A\s*(?:<\?xml.*?\?>)?\s*(?:<!--.*?-->\s*)*<(?:domain|network|pool|filter)\b", re.DOTALL
        ),
        f"{_HERE}.libvirtxml:read_libvirt",
        "",
    ),
    FileKind(
        "lxc.conf",
        (".conf", ".config"),
        re.compile(r"^\s*lxc\.[a-z.0-9_]+\s*=", re.MULTILINE),
        f"{_HERE}.lxcconf:read_lxc",
        "lxc:///system",
    ),
    FileKind(
        "a bhyve command line",
        (".sh", ".args"),
        re.compile(r"^\s*(?:\S*/)?bhyve\s", re.MULTILINE),
        f"{_HERE}.bhyve:read_bhyve",
        "bhyve:///system",
    ),
    FileKind(
        "xl.cfg",
        (".cfg", ".xl", ".hvm", ".pv"),
        re.compile(r"^\s*(?:name|memory|builder|type|kernel|disk)\s*=\s*['\"\[\d]", re.MULTILINE),
        f"{_HERE}.drivers:read_xl_file",
        "xen:///system",
    ),
)
"""In the order in which a text is looked at."""


def kind_of(path: PurePath, text: str) -> FileKind:
    """What a file is: what its text holds decides, for names are given by people. Raises Unreadable."""
    for kind in KINDS:
        if kind.holds.search(text):
            return kind
    for kind in KINDS:
        if path.suffix.lower() in kind.ends:
            return kind
    known = ", ".join(kind.title for kind in KINDS)
    raise Unreadable(f"is nothing that is known; read are: {known}")
