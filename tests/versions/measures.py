"""What is measured: what a libvirt accepts, and of that what needs nothing more, in each situation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import libvirt

from specs.identity import Kind
from tests.versions.documents import Document
from tests.versions.host import VersionHost
from tests.versions.tree import Tree

_SETTLED = ("converged", "adopt")
_DEFINE = {
    Kind.DOMAIN: "defineXML",
    Kind.NETWORK: "networkDefineXML",
    Kind.STORAGE_POOL: "storagePoolDefineXML",
    Kind.NETWORK_FILTER: "nwfilterDefineXML",
}


@dataclass(slots=True)
class Column:
    """One situation: how many were looked at, and of which something was wrong."""

    of: int = 0
    wrong: dict[str, str] = field(default_factory=dict)

    @property
    def right(self) -> int:
        """How many were as they should be."""
        return self.of - len(self.wrong)

    def __str__(self) -> str:
        return f"{self.right} of {self.of}"


def accepted(host: VersionHost, documents: Iterable[Document]) -> list[Document]:
    """Those that this libvirt takes; they are defined then, by nobody that we know."""
    connection = libvirt.open(host.qemu)
    try:
        return [document for document in documents if _takes(connection, document)]
    finally:
        connection.close()


def _takes(connection: libvirt.virConnect, document: Document) -> bool:
    try:
        getattr(connection, _DEFINE[document.kind])(document.text)
    except libvirt.libvirtError:
        return False
    return True


def declared(tree: Tree, documents: Iterable[Document]) -> tuple[list[Document], Column]:
    """Declares those that pass the checks; the others are told."""
    known = list(documents)
    tree.declare(known)
    invalid = tree.invalid()
    valid = [document for document in known if document.file not in invalid]
    tree.declare(valid)
    return valid, Column(len(known), invalid)


def applied(tree: Tree) -> Column:
    """What is applied, and what of it does not go well."""
    return Column(len(tree.plan()), dict(tree.apply()))


def settled(plan: Mapping[str, Any], apart: frozenset[str] = frozenset()) -> Column:
    """The resources of which nothing has to change, but at paths that stand `apart`."""
    wrong = {address: told for address, found in plan.items() if (told := _what_is_wrong(found, apart))}
    return Column(len(plan), wrong)


def _what_is_wrong(found: Mapping[str, Any], apart: frozenset[str]) -> str:
    if found["problem"]:
        return str(found["problem"])
    differences = [*found["differences"], *found["pending"]]
    for each in differences:
        if each["path"] not in apart:
            return f"{each['path']}: {each['declared']!r} is {each['observed']!r} ({each['cause']})"
    if differences:
        return ""
    return "" if found["status"] in _SETTLED else str(found["status"])
