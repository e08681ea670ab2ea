"""Elements of others in a document, which libvirt reads over: it knows its own namespaces only."""

from __future__ import annotations

from drivers.dialects.model import Platform
from specs.documents.tree import Node

_LIBVIRTS = "{http://libvirt.org/"


def mark_foreign(root: Node, _: Platform) -> None:
    """Marks elements of a namespace that is not libvirt's (virXMLNamespaceRegister); <metadata> has all."""
    for child in root.children:
        if child.tag.startswith("{") and not child.tag.startswith(_LIBVIRTS):
            child.lose("")
