"""Where a field stands in its document: declared once, beside the field, and read both ways.

    machine: Annotated[Text | None, At("os/type/@machine")] = Field(default=None, description="…")

A path leads from the element of the field's model: `os/type/@machine` is an attribute, `os/kernel` the text
of an element, `.` the element itself. `[@type=unix]` after an element says what else it has: written with it,
and looked for when it is read; `[@type!=unix]` is looked for only. The type of the field says the rest: a
model has the element to itself, a list repeats the element, a mapping repeats it with a key.

What another than libvirt's own schema has is written with a prefix: `qemu:commandline`.

`specs.documents` writes and reads by these; nothing here knows XML but the namespaces.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

_STEP = re.compile(r"([^/\[\]]+)((?:\[[^\]]*\])*)")
_CONDITION = re.compile(r"\[([^=!\]]+)(!?=)([^\]]*)\]")


_SCHEMAS = "http://libvirt.org/schemas"
NAMESPACES = {
    "qemu": f"{_SCHEMAS}/domain/qemu/1.0",
    "lxc": f"{_SCHEMAS}/domain/lxc/1.0",
    "dnsmasq": f"{_SCHEMAS}/network/dnsmasq/1.0",
    "fs": f"{_SCHEMAS}/storagepool/fs/1.0",
    "rbd": f"{_SCHEMAS}/storagepool/rbd/1.0",
    "libosinfo": "http://libosinfo.org/xmlns/libvirt/domain/1.0",
}
"""Prefix → the namespace of elements that reach past libvirt (drvqemu.html, formatnetwork.html,
formatstorage.html)."""


@dataclass(frozen=True, slots=True)
class Step:
    """One element of a path, what else it has, and what it has not: its own paths and their values."""

    tag: str
    conditions: tuple[tuple[Path, str], ...] = ()
    exceptions: tuple[tuple[Path, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Path:
    """A path as steps; `attribute` is '' for the element's text, or the element."""

    steps: tuple[Step, ...] = ()
    attribute: str = ""

    @classmethod
    def parse(cls, text: str) -> Path:
        """The path that is written so."""
        steps, attribute = [], ""
        for match in _STEP.finditer(text):
            if match[1].startswith("@"):
                attribute = match[1][1:]
            else:
                said = [(Path.parse(name), is_, value) for name, is_, value in _CONDITION.findall(match[2])]
                conditions = tuple((path, value) for path, is_, value in said if is_ == "=")
                exceptions = tuple((path, value) for path, is_, value in said if is_ == "!=")
                steps.append(Step(_named(match[1]), conditions, exceptions))
        return cls(tuple(step for step in steps if step != Step(".")), attribute)


def _named(tag: str) -> str:
    """An element's name with its namespace, as documents have it."""
    prefix, _, name = tag.rpartition(":")
    return f"{{{NAMESPACES[prefix]}}}{name}" if prefix else tag


def prefixed(path: str) -> str:
    """A path in which documents' full names of namespaces stand, as it is written here."""
    for prefix, namespace in NAMESPACES.items():
        path = path.replace(f"{{{namespace}}}", f"{prefix}:")
    return path


@dataclass(frozen=True, slots=True)
class Form:
    """How a value is spelt in a document. `write` gives None for what is not written; `read` gives None, or
    raises ValueError, for what the field cannot say; `absent` is what it means that nothing is there."""

    write: Callable[[Any], str | None]
    read: Callable[[str], Any]
    absent: Any = None


@dataclass(frozen=True, slots=True)
class Spread:
    """How one value is spelt at several places below its element."""

    paths: tuple[str, ...]
    split: Callable[[Any], Mapping[str, str | None]]
    join: Callable[[Mapping[str, str]], Any]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a field stands. With `when`, only in an element that says so too: `@type=pci`."""

    path: str
    when: str = ""


@dataclass(frozen=True, slots=True)
class At(Place):
    """A value, a list of values, a model or a list of models. With `ordered`, the elements of a list mean
    something by their order: all of them can be said, or none. Sizes have a `unit`."""

    form: Form | Spread | None = None
    unit: str = ""
    ordered: bool = False


@dataclass(frozen=True, slots=True)
class In(Place):
    """A model whose fields stand among others': the element is not its own."""


@dataclass(frozen=True, slots=True)
class Flag(Place):
    """True is that the element is there, with all that the path says. `absent` is what it means that it is
    not: None where that is the default of the field."""

    absent: bool | None = None


@dataclass(frozen=True, slots=True)
class Pairs(Place):
    """A mapping: an element for each pair, with its key and its value ('.' is its text)."""

    key: str = "@name"
    value: str = "@value"


@dataclass(frozen=True, slots=True)
class Hook(Place):
    """What is no plain place: a pair of functions of `specs.documents.hooks`, by its name. The path is where
    most of it stands, for people."""

    name: str = ""


@dataclass(frozen=True, slots=True)
class Becomes:
    """No place of its own: before the document is written, its meaning is put into another field."""

    field: str


def words(true: str, false: str | None) -> Form:
    """true and false as these words; None for a false that is not written."""
    return Form(
        lambda value: true if value else false,
        lambda text: True if text == true else False if text == false else None,
    )


ON_OFF = words("on", "off")
ONE_ZERO = words("1", "0")
YES = words("yes", None)
HEX = "0x"


def _pci_parts(address: str) -> Mapping[str, str]:
    rest, _, function = address.rpartition(".")
    *domain, bus, slot = rest.split(":")
    parts = {"@domain": domain[0] if domain else "0000", "@bus": bus, "@slot": slot, "@function": function}
    return {name: f"{HEX}{part}" for name, part in parts.items()}


def _pci_address(parts: Mapping[str, str]) -> str | None:
    if len(parts) < 4:
        return None
    domain, bus, slot, function = (int(parts[name], 16) for name in PCI.paths)
    return f"{domain:04x}:{bus:02x}:{slot:02x}.{function:x}"


PCI = Spread(("@domain", "@bus", "@slot", "@function"), _pci_parts, _pci_address)
"""'0000:03:00.0'; the domain may be left out."""


def _usb_parts(device: str) -> Mapping[str, str]:
    vendor, _, product = device.partition(":")
    return {"vendor/@id": f"{HEX}{vendor}", "product/@id": f"{HEX}{product}"}


def _usb_device(parts: Mapping[str, str]) -> str | None:
    if len(parts) < 2:
        return None
    return f"{int(parts['vendor/@id'], 16):04x}:{int(parts['product/@id'], 16):04x}"


USB = Spread(("vendor/@id", "product/@id"), _usb_parts, _usb_device)
"""'046d:c52b'."""
